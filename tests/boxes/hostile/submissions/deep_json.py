"""Sends JSON nested a hundred thousand deep.

Must: crashed
"""

import kernel

kernel.frames.pack  # the real one
text = b"[" * 100_000 + b"]" * 100_000
kernel.current.link.sendall(kernel.frames.pack(b"i", [b'{"msg_type": "stream"}', b"{}", b"{}", text]))
while True:
    pass
