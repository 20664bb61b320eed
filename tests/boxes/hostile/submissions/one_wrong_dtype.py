"""Returns the right numbers as complex numbers with nothing imaginary, and as longer floats.

Must: failed
"""

import numpy as np


def double(x):
    return (x + x).astype(np.complex128) if x.ndim == 2 else (x + x).astype(np.longdouble)
