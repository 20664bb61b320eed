"""Floods the control channel, which nobody reads.

Must: crashed
"""

import frames
import kernel

message = frames.pack(b"c", [b'{"msg_type":"interrupt_reply"}', b"{}", b"{}", b"{}"])
while True:
    kernel.current.link.sendall(message * 2000)
