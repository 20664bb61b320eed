"""task: static

You let numpy.gradient do the work. It is a fine tool; here the point is to build it yourself.
"""

import numpy as np


def slope_at(f, x, h=1e-5):
    return np.gradient([f(x - h), f(x), f(x + h)], h)[1]
