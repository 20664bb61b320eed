"""FILL: how this right answer differs from the reference, as in: with autograd.grad, not backward"""

import torch


def the_name(net, X, y, batches, lr):
    return [0.0 for rows in batches]  # FILL: a right answer that is built differently
