import copy

import torch
import torch.nn.functional as F
from torch import nn


# Task 1
def freeze_and_head(net, n_classes):
    """-> (a new net with the same, frozen body and a new head, the list of its trainable parameters)"""
    ...


# Task 2
def fine_tune(net, trainable, X, y, batches, lr, weight_decay):
    """One step for each batch -> the losses before the steps, a list of floats."""
    ...


# Task 3
def steps_to(net, trainable, X, y, X_test, y_test, batches, lr, target):
    """-> (number of steps until the score is at least target, or None; all scores)"""
    ...
