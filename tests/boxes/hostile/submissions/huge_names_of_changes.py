"""Says that inputs changed whose names are numbers of nine thousand digits, and a hundred thousand others.

Must: failed
"""

import kernel
import wire

publish = kernel.Kernel.publish


def forged(self, kind, content, metadata=None, buffers=()):
    if buffers:
        many = {10**9000: 0} | {f"{n:070}": 0 for n in range(20_000)}
        buffers = [buffers[0], wire.encode(list(many))]
    publish(self, kind, content, metadata, buffers)


kernel.Kernel.publish = forged


def double(x):
    return x + x
