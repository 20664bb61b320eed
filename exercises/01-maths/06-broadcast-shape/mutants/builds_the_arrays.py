"""task: 1, 2

You build arrays of these shapes to see what happens. Shapes are only numbers, and the result can be
worked out from those numbers, even where the arrays would fill all the memory there is.
"""

import numpy as np


def broadcast_shape(a, b):
    return (np.zeros(a, dtype=bool) + np.zeros(b, dtype=bool)).shape
