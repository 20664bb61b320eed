"""task: 1, 2

Your gradients are zeros. Begin with task 1: pick out the places that count, `X[mask]` and `y[mask]`.
"""

import numpy as np


def masked_mse(params, X, y, mask):
    return 0.0, [np.zeros_like(p) for p in params], int(mask.sum())


def accumulate(loss_grad_fn, batches):
    results = [loss_grad_fn(batch) for batch in batches]
    return [np.zeros_like(g) for g in results[0][1]]
