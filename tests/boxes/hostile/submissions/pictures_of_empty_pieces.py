"""Shows pictures made of sixty thousand empty pieces, and messages made of a hundred thousand empty lists.

Must: failed
"""

import base64
import struct
import zlib

import kernel


def piece(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


head = piece(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
end = piece(b"IDAT", zlib.compress(b"\0\0")) + piece(b"IEND", b"")
png = base64.b64encode(b"\x89PNG\r\n\x1a\n" + head + piece(b"IDAT", b"") * 60_000 + end).decode()
publish = kernel.Kernel.publish


def forged(self, kind, content, metadata=None, buffers=()):
    if buffers:
        publish(self, "display_data", {"data": {"image/png": png}, "metadata": {}})
        publish(self, "display_data", {"data": {"a": [[]] * 100_000}, "metadata": {}})
    publish(self, kind, content, metadata, buffers)


kernel.Kernel.publish = forged


def double(x):
    return x + x
