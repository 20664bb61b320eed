"""Announces a message of sixty thousand parts.

Must: crashed
"""

import struct

import kernel

kernel.current.link.sendall(struct.pack("<cH", b"i", 60_000) + bytes(240_000))
while True:
    pass
