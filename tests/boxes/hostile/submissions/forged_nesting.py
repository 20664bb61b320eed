"""Replaces the encoder and sends a forged value.

Must: failed
"""

import wire

wire.encode = lambda value, *_: b"ZG1" + b"L\x01\x00\x00\x00" * 200_000 + b"N"


def double(x):
    return x
