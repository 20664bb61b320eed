"""A mean over what counts, and its gradient, in one piece or in many."""

import numpy as np


def masked_mse(params, X, y, mask):
    w, b = params
    count = int(mask.sum())
    if count == 0:
        return 0.0, [np.zeros_like(w), np.zeros_like(b)], 0
    rows, error = X[mask], X[mask] @ w + b - y[mask]
    slope = error * (2 / count)
    return float((error**2).sum()) / count, [slope @ rows, slope.sum(keepdims=True)], count


def accumulate(loss_grad_fn, batches):
    total, seen = None, 0
    for batch in batches:
        _, grads, count = loss_grad_fn(batch)
        if count == 0:
            continue
        weighted = [count * g for g in grads]
        total = weighted if total is None else [t + g for t, g in zip(total, weighted)]
        seen += count
    return [t / seen for t in total]
