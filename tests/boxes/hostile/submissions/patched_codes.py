"""Changes the tables by which values are written, so that arrays lie about dtype, shape and bytes.

Must: failed, crashed
"""

import ctypes

import numpy as np

import wire

for code in list(wire._CODES):
    wire._CODES[code] = 3
wire._ARRAY = tuple(wire._ARRAY[0] for _ in wire._ARRAY)
wire.MAGIC = b"ZG1"


def double(x):
    wrong = np.zeros(x.shape, dtype=np.int64)
    ctypes.memset(wrong.ctypes.data, 0x3F, wrong.nbytes)
    return wrong
