"""Goes through the places one by one; adds into one set of arrays and divides them in place."""

import numpy as np


def masked_mse(params, X, y, mask):
    w, b = params
    count, loss = 0, 0.0
    dw, db = np.zeros_like(w), np.zeros_like(b)
    for place in np.ndindex(mask.shape):
        if mask[place]:
            error = (X[place] * w).sum() + b[0] - y[place]
            loss += float(error) ** 2
            dw += 2 * error * X[place]
            db += 2 * error
            count += 1
    if count:
        loss /= count
        dw /= count
        db /= count
    return loss, [dw, db], count


def accumulate(loss_grad_fn, batches):
    sums, places = [], 0
    for batch in batches:
        loss, grads, n = loss_grad_fn(batch)
        if n == 0:
            continue
        if not sums:
            sums = [np.zeros(g.shape, g.dtype) for g in grads]
        for s, g in zip(sums, grads):
            s += n * g
        places += n
    for s in sums:
        s /= places
    return sums
