"""task: 1, 2

All your weights are zero, so the output is the same for every input.
"""

import numpy as np


def xor_weights(low, high):
    return {"W1": np.zeros((2, 2)), "b1": np.zeros(2), "w2": np.zeros(2), "b2": 0.0}


def parity3_weights(low, high):
    return {"W1": np.zeros((3, 3)), "b1": np.zeros(3), "w2": np.zeros(3), "b2": 0.0}
