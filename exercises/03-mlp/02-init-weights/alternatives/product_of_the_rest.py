"""Fans from np.prod, the normal draw with its scale inside, the uniform draw stretched by hand."""

import math

import numpy as np


def _fan(shape, axis):
    if len(shape) == 2:
        axis = 1 - axis
    return shape[axis] * math.prod(shape[2:])


def kaiming(shape, rng, mode="fan_in"):
    fan = _fan(shape, 1 if mode == "fan_in" else 0)
    return rng.normal(0.0, (2.0 / fan) ** 0.5, size=shape)


def xavier(shape, rng):
    variance = 2.0 / (_fan(shape, 0) + _fan(shape, 1))
    return math.sqrt(3.0 * variance) * (2.0 * rng.random(shape) - 1.0)
