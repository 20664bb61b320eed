"""Sends NaN where JSON has no word for it.

Must: crashed
"""

import kernel

kernel.current.link.sendall(
    kernel.frames.pack(b"i", [b'{"msg_type": "stream"}', b"{}", b"{}", b'{"text": NaN}'])
)
while True:
    pass
