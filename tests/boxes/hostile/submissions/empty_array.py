"""Returns arrays without entries, of which everything is true.

Must: failed
"""

import numpy as np


def double(x):
    return np.zeros((0, *x.shape))
