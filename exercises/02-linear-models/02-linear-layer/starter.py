import numpy as np


def linear_fwd(x, W, b):
    """x [N, D] times W [D, M] plus b [M]. Returns (out [N, M], cache)."""
    ...


def linear_bwd(dout, cache):
    """Gradients of a linear layer. dout: [N, M]. Returns (dx [N, D], dW [D, M], db [M])."""
    ...
