"""task: 1, 2, 3

Your operations return a Tensor that has forgotten where it came from, so no gradient arrives
anywhere. Give each result its parents and its push.
"""

import numpy as np


class Tensor(Graph):
    def __matmul__(self, other):
        return Tensor(np.zeros_like(self.data @ other.data))

    def __getitem__(self, index):
        return Tensor(self.data[index])

    def max(self, axis=None, keepdims=False):
        return Tensor(self.data)


def cat(tensors, axis=0):
    return tensors[0]


def where(condition, a, b):
    return a
