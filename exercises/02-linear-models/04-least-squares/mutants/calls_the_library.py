"""task: static

You call numpy.linalg.lstsq, which does all of this. Build it once yourself from the SVD; afterwards
use the library with confidence.
"""

import numpy as np


def ols(X, y):
    return np.linalg.lstsq(X, y, rcond=None)[0]
