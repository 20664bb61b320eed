"""Says that inputs changed whose names are the hidden numbers.

Must: failed
"""

import kernel
import wire

publish = kernel.Kernel.publish
told = {}


def forged(self, kind, content, metadata=None, buffers=()):
    if buffers and told:
        buffers = [buffers[0], wire.encode(list(told))]
    publish(self, kind, content, metadata, buffers)


kernel.Kernel.publish = forged


def double(x):
    if x.ndim == 2:
        told.update({repr(number): 0 for number in x.ravel().tolist()})
    return x + x
