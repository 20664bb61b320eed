"""Everything written out unit by unit, with bends placed a little early."""

import numpy as np


def _unit(low, high, inputs, start):
    w = 1 / (high - low)
    return w, -w * low * inputs - start


def _pack(inputs, units, heights, offset):
    return {
        "W1": np.array([[w for w, _ in units] for _ in range(inputs)]),
        "b1": np.array([b for _, b in units]),
        "w2": np.array(heights),
        "b2": offset,
    }


def xor_weights(low, high):
    units = [_unit(low, high, 2, start) for start in (0.25, 1.0)]
    return _pack(2, units, [1.2, -2.1], 0.05)


def parity3_weights(low, high):
    units = [_unit(low, high, 3, start) for start in (0.1, 1.0, 2.0)]
    return _pack(3, units, [1.0, -2.0, 2.0], 0.05)
