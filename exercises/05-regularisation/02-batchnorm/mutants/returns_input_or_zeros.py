"""task: 1, 2, 3

You return what came in, and zeros for two of the gradients. The numbers have to be shifted and scaled,
column by column.
"""

import numpy as np


def bn_fwd(x, g, b, run_mean, run_var, train, momentum=0.1, eps=1e-5):
    return x.copy(), g


def bn_bwd(dy, cache):
    return dy.copy(), np.zeros_like(cache), np.zeros_like(cache)
