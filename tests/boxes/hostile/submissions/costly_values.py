"""Answers with a value that costs as much to read as its size allows, in both places of an answer.

Must: failed
"""

import struct

import kernel
import wire

publish = kernel.Kernel.publish
items = b"".join(wire.encode(n + (2**61 - 1) * k)[3:] for n in range(12_400) for k in range(8))
eights = b"ZG1E" + struct.pack("<I", 99_200) + items


def forged(self, kind, content, metadata=None, buffers=()):
    publish(self, kind, content, metadata, [eights, eights] if buffers else ())


kernel.Kernel.publish = forged


def double(x):
    return x + x
