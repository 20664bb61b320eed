"""task: 1, 2

Your functions return zeros. Build the forward pass first; the gradients follow from it line by
line.
"""

import numpy as np


def mlp_logits(params, X):
    return np.zeros((len(X), len(params["b3"])))


def mlp_loss(params, X, y, reg):
    return 0.0, {name: np.zeros_like(value) for name, value in params.items()}
