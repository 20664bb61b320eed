"""task: 1

You scale by 2 / fan, which is the variance. The factor that multiplies a standard normal draw
is the standard deviation, its square root.
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
    return rng.standard_normal(shape) * 2 / fan


def xavier(shape, rng):
    bound = np.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-bound, bound, shape)
