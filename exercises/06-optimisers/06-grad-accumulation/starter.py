import numpy as np


# Task 1
def masked_mse(params, X, y, mask):
    """params: [w of shape (D,), b of shape (1,)]. X: (B, T, D), y and mask: (B, T).
    -> (the mean loss over the places that count, [dw, db], how many places count)"""
    ...


# Task 2
def accumulate(loss_grad_fn, batches):
    """loss_grad_fn(batch) -> (loss, grads, count). -> the gradients of all batches as one, a list."""
    ...
