"""Replaces the encoder and sends a forged value.

Must: failed
"""

import wire

wire.encode = lambda value, *_: b"ZG1A\x03\x02" + (2**62).to_bytes(8, "little") + (8).to_bytes(8, "little")


def double(x):
    return x
