import numpy as np


# Task 1
def global_norm(grads):
    """grads: a list of float arrays, or None. -> the length of all their numbers together, a float."""
    ...


# Task 2
def clip_(grads, max_norm):
    """Shortens all arrays in place, together, to max_norm at most. -> the norm before, a float."""
    ...
