import numpy as np


# Task 1
def ln_fwd(x, g, b, eps=1e-5):
    """x: [..., D]; g, b: [D] -> (y [..., D], cache)."""
    ...


# Task 2
def ln_bwd(dy, cache):
    """dy: [..., D]; cache: what ln_fwd returned -> (dx [..., D], dg [D], db [D])."""
    ...


# Task 3
def rms_fwd(x, g, eps=1e-5):
    """x: [..., D]; g: [D] -> (y [..., D], cache)."""
    ...


# Task 4
def rms_bwd(dy, cache):
    """dy: [..., D]; cache: what rms_fwd returned -> (dx [..., D], dg [D])."""
    ...
