"""task: 1, 2

Your functions return zeros. Begin with the sum of the projected query and the projected keys.
"""

import torch


def additive_scores(q, keys, Wq, Wk, v):
    return torch.zeros_like(keys[:, :, 0])


def bahdanau(q, keys, values, mask, Wq, Wk, v):
    return torch.zeros_like(values[:, 0]), torch.zeros_like(keys[:, :, 0])
