"""task: 1

Your network is right for exact voltages only: its first unit wakes just before the count
reaches 1, so a count of 0.98 is missed. Spread the rise over the whole way from 0 to 1.
"""

import numpy as np


def bends_of_the_count(inputs, low, high, heights):
    """Unit k computes relu(count - k), where count is the number of high inputs."""
    gap = high - low
    units = len(heights)
    return {
        "W1": np.full((inputs, units), 1 / gap),
        "b1": -inputs * low / gap - np.arange(units),
        "w2": np.array(heights),
        "b2": 0.0,
    }


def xor_weights(low, high):
    gap = high - low
    b1 = 200 * (-2 * low / gap) - np.array([199.0, 200.0])
    return {"W1": np.full((2, 2), 200 / gap), "b1": b1, "w2": np.array([1.0, -201 / 200]), "b2": 0.0}


def parity3_weights(low, high):
    return bends_of_the_count(3, low, high, [1.0, -2.0, 2.0])
