import numpy as np


class SGD:
    def __init__(self, params, lr, momentum=0.0, nesterov=False):
        """params: a list of float arrays. They are the model, and they are what moves."""
        ...

    def step(self, grads):
        """One step. grads: a list with one array, or None, for each parameter, in the same order."""
        ...
