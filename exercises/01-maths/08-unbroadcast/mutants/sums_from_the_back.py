"""task: 1

You take the extra axes away at the back. Shapes are lined up at the right, so the axes that
broadcasting added stand at the front.
"""

import numpy as np


def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=-1)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis=axis, keepdims=True)
    return np.array(g)
