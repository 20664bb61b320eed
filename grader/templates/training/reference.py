import torch


def the_name(net, X, y, batches, lr):
    return [0.0 for rows in batches]  # FILL: your answer
