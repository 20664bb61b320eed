"""task: 1

You return zeros, whatever f is. Each slope has to come from calling f with one entry of x nudged.
"""

import numpy as np


def numeric_grad(f, x, h=1e-5):
    return np.zeros(np.shape(x))
