import numpy as np


# Graph and unbroadcast(g, shape) are given.
class Tensor(Graph):
    # Task 1
    def __matmul__(self, other): ...

    # Task 2
    def __getitem__(self, index): ...

    # Task 3
    def max(self, axis=None, keepdims=False): ...


def cat(tensors, axis=0): ...


def where(condition, a, b): ...
