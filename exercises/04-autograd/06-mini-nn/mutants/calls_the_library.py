"""task: static

This is the library. The point here is to write a small one yourself.
"""

from torch.nn import Linear, Module, Sequential
from torch.optim import SGD


def train(model, optimizer, X, y, batches):
    return [0.0 for _ in batches]
