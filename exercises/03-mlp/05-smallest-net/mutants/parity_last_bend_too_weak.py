"""task: 2

At a count of 3 your output is 0. The last bend must turn a fall of 1 into a rise of 1, so it
has to add 2.
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
    return bends_of_the_count(2, low, high, [1.0, -2.0])


def parity3_weights(low, high):
    return bends_of_the_count(3, low, high, [1.0, -2.0, 1.0])
