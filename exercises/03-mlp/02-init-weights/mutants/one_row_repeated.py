"""task: 1

Every row of your matrix holds the same numbers. Then all hidden units compute the same thing
and learn the same thing: every weight needs a draw of its own.
"""

import numpy as np


def fans(shape):
    if len(shape) == 2:
        return shape[0], shape[1]
    outputs, inputs, height, width = shape
    return inputs * height * width, outputs * height * width


def kaiming(shape, rng, mode="fan_in"):
    fan_in, fan_out = fans(shape)
    fan = fan_in if mode == "fan_in" else fan_out
    return np.broadcast_to(rng.standard_normal(shape[1:]) * np.sqrt(2 / fan), shape).copy()


def xavier(shape, rng):
    bound = np.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-bound, bound, shape)
