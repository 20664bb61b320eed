"""task: 1

You use fan_in whatever the mode says. In the mode fan_out, count how many outputs one input
number reaches.
"""

import numpy as np


def fans(shape):
    if len(shape) == 2:
        return shape[0], shape[1]
    outputs, inputs, height, width = shape
    return inputs * height * width, outputs * height * width


def kaiming(shape, rng, mode="fan_in"):
    fan_in, fan_out = fans(shape)
    fan = fan_in
    return rng.standard_normal(shape) * np.sqrt(2 / fan)


def xavier(shape, rng):
    bound = np.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-bound, bound, shape)
