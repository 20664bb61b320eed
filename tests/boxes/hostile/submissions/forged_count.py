"""Replaces the encoder and sends a forged value.

Must: failed
"""

import wire

wire.encode = lambda value, *_: b"ZG1L\xff\xff\xff\x7f"


def double(x):
    return x
