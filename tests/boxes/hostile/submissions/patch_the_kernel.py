"""Makes the kernel answer every probe without asking.

Must: failed
"""

import kernel
import wire


def forged(self, code, filename, how, buffers):
    for call, data in enumerate(buffers):
        told = {"nonce": how["nonce"], "call": call}
        self.publish(
            "display_data", {"data": {kernel.VALUE: told}, "metadata": {}}, buffers=[data, wire.encode({})]
        )


kernel.Kernel._OPERATIONS["probe"] = forged


def double(x):
    return x
