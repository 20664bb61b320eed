"""Returns a million empty arrays.

Must: failed
"""

import numpy as np


def double(x):
    return [np.empty(0)] * 1_000_000
