"""Both fans in a dictionary keyed by mode; the draws are scaled afterwards."""

import numpy as np


def _fans(shape):
    receptive = np.prod(shape[2:], dtype=int)
    first, second = shape[0] * receptive, shape[1] * receptive
    if len(shape) == 4:
        return {"fan_in": second, "fan_out": first}
    return {"fan_in": first, "fan_out": second}


def kaiming(shape, rng, mode="fan_in"):
    W = rng.standard_normal(np.prod(shape)).reshape(shape)
    W *= np.sqrt(2.0) / np.sqrt(_fans(shape)[mode])
    return W


def xavier(shape, rng):
    f = _fans(shape)
    mean_fan = (f["fan_in"] + f["fan_out"]) / 2
    return rng.uniform(-1, 1, size=shape) * np.sqrt(3 / mean_fan)
