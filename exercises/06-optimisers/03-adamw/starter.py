import numpy as np


# Task 1
class AdamW:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        """weight_decay: one number for all parameters, or a list with one number for each."""
        ...

    def step(self, grads):
        """One step. grads: a list with one array, or None, for each parameter, in the same order."""
        ...


# Task 2
def decay_list(params, weight_decay):
    """-> a list with one number for each parameter: weight_decay, or 0.0."""
    ...
