"""Replaces the encoder and sends a forged value.

Must: failed
"""

import wire

wire.encode = lambda value, *_: b"ZG1A\x03"


def double(x):
    return x
