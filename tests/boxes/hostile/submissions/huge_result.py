"""Returns an array that looks like eight gigabytes and is one number.

Must: failed
"""

import numpy as np


def double(x):
    return np.broadcast_to(np.float64(0), (10**9,))
