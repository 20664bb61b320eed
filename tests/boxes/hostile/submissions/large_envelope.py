"""Puts a megabyte of brackets into the header, the parent and the metadata of each message.

Must: crashed
"""

import frames
import kernel

part = b'{"a":[' + b"[]," * 300_000 + b"[]]}"
message = frames.pack(b"i", [b'{"msg_type":"x"}', part, part, b"{}"])
while True:
    kernel.current.link.sendall(message)
