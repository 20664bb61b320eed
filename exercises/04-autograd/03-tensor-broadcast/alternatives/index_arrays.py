"""Moves and sums as one idea: each output number is made from listed input numbers, gathered by index."""

import numpy as np


def unbroadcast(g, shape):
    home = np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), g.shape)
    total = np.bincount(home.ravel(), weights=g.ravel(), minlength=int(np.prod(shape)))
    return total.reshape(shape).astype(float)


class Tensor(Graph):
    def _binary(self, other, formula, left, right):
        b = other if isinstance(other, Tensor) else Tensor(other)
        out = Tensor(formula(self.data, b.data), (self, b))

        def push():
            self.grad += unbroadcast(out.grad * left(self.data, b.data), self.data.shape)
            b.grad += unbroadcast(out.grad * right(self.data, b.data), b.data.shape)

        out.push = push
        return out

    def __add__(self, other):
        return self._binary(other, np.add, lambda a, b: 1.0, lambda a, b: 1.0)

    def __sub__(self, other):
        return self._binary(other, np.subtract, lambda a, b: 1.0, lambda a, b: -1.0)

    def __mul__(self, other):
        return self._binary(other, np.multiply, lambda a, b: b, lambda a, b: a)

    def __truediv__(self, other):
        return self._binary(other, np.divide, lambda a, b: 1 / b, lambda a, b: -a / b / b)

    def __rsub__(self, other):
        return Tensor(other).__sub__(self)

    def __rtruediv__(self, other):
        return Tensor(other).__truediv__(self)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self):
        return 0.0 - self

    def _moved(self, home, data):
        """home: for each number of data, the flat place in self where it came from."""
        out = Tensor(data, (self,))

        def push():
            np.add.at(self.grad.reshape(-1), home.ravel(), out.grad.ravel())

        out.push = push
        return out

    def _places(self):
        return np.arange(self.data.size).reshape(self.data.shape)

    def reshape(self, *shape):
        return self._moved(self._places().reshape(shape), self.data.reshape(shape))

    def transpose(self, *axes):
        return self._moved(self._places().transpose(*axes), self.data.transpose(*axes))

    def sum(self, axis=None, keepdims=False):
        out = Tensor(self.data.sum(axis=axis, keepdims=keepdims), (self,))
        kept = self.data.sum(axis=axis, keepdims=True).shape

        def push():
            self.grad += out.grad.reshape(kept)

        out.push = push
        return out

    def mean(self, axis=None, keepdims=False):
        total = self.sum(axis=axis, keepdims=keepdims)
        return total * (total.data.size / self.data.size)
