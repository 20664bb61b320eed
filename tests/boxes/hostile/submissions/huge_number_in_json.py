"""Sends a number of a million digits.

Must: crashed
"""

import kernel

kernel.current.link.sendall(
    kernel.frames.pack(b"i", [b'{"msg_type": "stream"}', b"{}", b"{}", b"[" + b"9" * 1_000_000 + b"]"])
)
while True:
    pass
