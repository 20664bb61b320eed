"""task: 1, 2, 3

Your functions hand the input back unchanged, or zeros. Give each one its formula: forward bends
x, backward multiplies dy by the slope.
"""

import numpy as np


def relu(x):
    return x, None


def relu_bwd(dy, cache):
    return np.zeros_like(dy)


sigmoid = tanh = gelu = relu
sigmoid_bwd = tanh_bwd = gelu_bwd = relu_bwd
