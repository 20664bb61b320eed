"""task: 1

You pick one of the copies and drop the others. Every copy had an effect on the result, so their
gradients are added up.
"""

import numpy as np


def unbroadcast(g, shape):
    g = g[(0,) * (g.ndim - len(shape))]
    for axis, size in enumerate(shape):
        if size == 1:
            g = np.take(g, [0], axis=axis)
    return np.array(g)
