"""task: 1

You use fan_out whatever the mode says. In the mode fan_in, count how many numbers are added up
to make one output.
"""

import numpy as np


def fans(shape):
    if len(shape) == 2:
        return shape[0], shape[1]
    outputs, inputs, height, width = shape
    return inputs * height * width, outputs * height * width


def kaiming(shape, rng, mode="fan_in"):
    fan_in, fan_out = fans(shape)
    fan = fan_out
    return rng.standard_normal(shape) * np.sqrt(2 / fan)


def xavier(shape, rng):
    bound = np.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-bound, bound, shape)
