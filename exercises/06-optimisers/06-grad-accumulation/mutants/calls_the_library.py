"""task: static

This is the library's loss. The point here is to write your own.
"""

import torch


def masked_mse(params, X, y, mask):
    w, b = (torch.tensor(p, requires_grad=True) for p in params)
    X, y, mask = (torch.tensor(a) for a in (X, y, mask))
    loss = torch.nn.functional.mse_loss(X[mask] @ w + b, y[mask])
    loss.backward()
    return float(loss), [w.grad.numpy(), b.grad.numpy()], int(mask.sum())


def accumulate(loss_grad_fn, batches):
    return None
