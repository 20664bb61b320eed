"""Returns lists of lists of dictionaries of arrays, each small, all of them together all that may be sent.

Must: failed
"""

import numpy as np


def double(x):
    inner = {f"{n:064}": np.ones((64, 8)) for n in range(16)}
    return [[inner] * 4] * 6
