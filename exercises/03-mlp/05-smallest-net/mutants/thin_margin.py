"""task: 1, 2

Your outputs are on the right side of one half, but too close to it. A yes must lie within 0.25
of 1 and a no within 0.25 of 0: stretch w2 and shift b2.
"""

import numpy as np


def bends_of_the_count(inputs, low, high, heights):
    """Unit k computes relu(count - k), where count is the number of high inputs."""
    gap = high - low
    units = len(heights)
    return {
        "W1": np.full((inputs, units), 1 / gap),
        "b1": -inputs * low / gap - np.arange(units),
        "w2": 0.3 * np.array(heights),
        "b2": 0.35,
    }


def xor_weights(low, high):
    return bends_of_the_count(2, low, high, [1.0, -2.0])


def parity3_weights(low, high):
    return bends_of_the_count(3, low, high, [1.0, -2.0, 2.0])
