import numpy as np


# Task 1
def running_mean(values, beta):
    """values: float array of shape (T, ...). -> the corrected running mean after each of them, same shape."""
    ...


# Task 2
class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        """params: a list of float arrays. They are the model, and they are what moves."""
        ...

    def step(self, grads):
        """One step. grads: a list with one array, or None, for each parameter, in the same order."""
        ...
