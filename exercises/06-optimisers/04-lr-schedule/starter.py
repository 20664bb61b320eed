import math


def lr_at(step, max_lr, min_lr, warmup, total):
    """-> the learning rate of this step, a float. Steps are counted from 0."""
    ...
