"""Sends a message whose type is an object.

Must: crashed
"""

import kernel

kernel.current.link.sendall(kernel.frames.pack(b"i", [b'{"msg_type": {}}', b"{}", b"{}", b"{}"]))
while True:
    pass
