import torch


def the_name(net, X, y, batches, lr):
    """One step for each batch -> the losses, each from before its step."""
    ...
