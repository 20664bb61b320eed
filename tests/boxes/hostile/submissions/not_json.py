"""Sends frames that are not JSON.

Must: crashed
"""

import kernel

kernel.current.link.sendall(kernel.frames.pack(b"i", [b"\xff\xfe", b"{", b"nul", b"["]))
while True:
    pass
