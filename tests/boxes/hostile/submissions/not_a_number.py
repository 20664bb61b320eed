"""Returns NaN everywhere, which no comparison calls different.

Must: failed
"""

import numpy as np


def double(x):
    return np.full_like(x, np.nan)
