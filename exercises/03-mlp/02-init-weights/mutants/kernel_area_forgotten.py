"""task: 1, 2

For a convolution you count channels only. One output number adds a product for every channel
and every cell of the kernel, so the fans carry the factor kh * kw.
"""

import numpy as np


def fans(shape):
    if len(shape) == 2:
        return shape[0], shape[1]
    outputs, inputs, height, width = shape
    return inputs, outputs


def kaiming(shape, rng, mode="fan_in"):
    fan_in, fan_out = fans(shape)
    fan = fan_in if mode == "fan_in" else fan_out
    return rng.standard_normal(shape) * np.sqrt(2 / fan)


def xavier(shape, rng):
    bound = np.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-bound, bound, shape)
