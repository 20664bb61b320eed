"""Floods the channel of replies, which no budget of text counts.

Must: crashed
"""

import frames
import kernel

reply = frames.pack(b"s", [b'{"msg_type":"execute_reply"}', b"{}", b"{}", b"{}"])
while True:
    kernel.current.link.sendall(reply * 2000)
