import numpy as np


# Task 1
def mlp_logits(params, X):
    """params: dict with W1, b1, W2, b2, W3, b3; X: (N, D) -> logits (N, K)."""
    ...


# Task 2
def mlp_loss(params, X, y, reg):
    """y: (N,) integers, reg: a number -> (loss, grads), grads with the six names of params."""
    ...
