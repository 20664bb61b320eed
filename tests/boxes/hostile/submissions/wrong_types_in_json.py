"""Sends lists where objects belong.

Must: crashed
"""

import kernel

kernel.current.link.sendall(kernel.frames.pack(b"i", [b"[]", b"[]", b"[]", b"[]"]))
while True:
    pass
