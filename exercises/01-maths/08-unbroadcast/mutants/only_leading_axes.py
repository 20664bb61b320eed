"""task: 1

You sum the axes that broadcasting added at the front and forget those that it stretched from size
1. An axis with a 1 in shape is summed too.
"""

import numpy as np


def unbroadcast(g, shape):
    return np.array(g.sum(axis=tuple(range(g.ndim - len(shape)))))
