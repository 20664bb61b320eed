"""Begins a message and never ends it.

Must: timed_out
"""

import struct

import kernel

kernel.current.link.sendall(struct.pack("<cH4I", b"i", 4, 100, 2, 2, 2) + b"{")
while True:
    pass
