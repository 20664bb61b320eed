"""task: 1

Your output is 1 only when both inputs are high: that is and. Exclusive-or is yes when the
inputs differ.
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
    return bends_of_the_count(2, low, high, [0.0, 1.0])


def parity3_weights(low, high):
    return bends_of_the_count(3, low, high, [1.0, -2.0, 2.0])
