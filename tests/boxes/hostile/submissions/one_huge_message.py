"""Announces one message of two gigabytes and begins to send it.

Must: crashed
"""

import struct

import kernel

kernel.current.link.sendall(struct.pack("<cH4I", b"i", 4, 2**31, 2, 2, 2))
while True:
    kernel.current.link.sendall(bytes(1 << 20))
