"""task: 1, 2

You make a fresh generator with a fixed seed, so every layer of the same shape starts with the
very same weights. Draw from the rng that was handed in.
"""

import numpy as np


def fans(shape):
    if len(shape) == 2:
        return shape[0], shape[1]
    outputs, inputs, height, width = shape
    return inputs * height * width, outputs * height * width


def kaiming(shape, rng, mode="fan_in"):
    rng = np.random.default_rng(0)
    fan_in, fan_out = fans(shape)
    fan = fan_in if mode == "fan_in" else fan_out
    return rng.standard_normal(shape) * np.sqrt(2 / fan)


def xavier(shape, rng):
    rng = np.random.default_rng(0)
    bound = np.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-bound, bound, shape)
