import numpy as np


# Task 1
def pool_fwd(x, k, stride, pad=(0, 0)):
    """x: [N, C, H, W]; k, stride, pad: pairs -> (out [N, C, rows, columns], cache)."""
    ...


# Task 2
def pool_bwd(dout, cache):
    """dout: [N, C, rows, columns], cache: what your pool_fwd returned -> dx [N, C, H, W]."""
    ...
