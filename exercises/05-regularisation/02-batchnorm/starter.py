import numpy as np


# Tasks 1 and 2
def bn_fwd(x, g, b, run_mean, run_var, train, momentum=0.1, eps=1e-5):
    """x: [N, D]; g, b, run_mean, run_var: [D]; train: bool -> (y [N, D], cache)."""
    ...


# Task 3
def bn_bwd(dy, cache):
    """dy: [N, D]; cache: what bn_fwd returned -> (dx [N, D], dg [D], db [D])."""
    ...
