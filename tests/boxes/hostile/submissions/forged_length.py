"""Replaces the encoder and sends a forged value.

Must: failed
"""

import wire

wire.encode = lambda value, *_: b"ZG1S\xff\xff\xff\xff"


def double(x):
    return x
