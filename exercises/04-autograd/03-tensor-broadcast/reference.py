"""Arrays that push gradients to their parents; stretched axes are summed on the way back."""

import numpy as np


def unbroadcast(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return g.sum(axis=stretched, keepdims=True)


def lift(x):
    return x if isinstance(x, Tensor) else Tensor(x)


class Tensor(Graph):
    def made(self, data, *gradients):
        """A new Tensor; `gradients` are pairs of a parent and a function from out.grad to its share."""
        out = Tensor(data, [parent for parent, _ in gradients])

        def push():
            for parent, gradient in gradients:
                parent.grad += unbroadcast(gradient(out.grad), parent.data.shape)

        out.push = push
        return out

    def __add__(self, other):
        other = lift(other)
        return self.made(self.data + other.data, (self, lambda g: g), (other, lambda g: g))

    def __mul__(self, other):
        other = lift(other)
        return self.made(
            self.data * other.data, (self, lambda g: g * other.data), (other, lambda g: g * self.data)
        )

    def __rtruediv__(self, other):
        return self.made(1 / self.data, (self, lambda g: -g / self.data**2)) * other

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -lift(other)

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * (1 / lift(other))

    __radd__ = __add__
    __rmul__ = __mul__

    def sum(self, axis=None, keepdims=False):
        kept = self.data.sum(axis=axis, keepdims=True)
        data = kept if keepdims else self.data.sum(axis=axis)
        spread = np.ones_like(self.data)
        return self.made(data, (self, lambda g: spread * g.reshape(kept.shape)))

    def mean(self, axis=None, keepdims=False):
        total = self.sum(axis, keepdims)
        return total / (self.data.size / total.data.size)

    def reshape(self, *shape):
        return self.made(self.data.reshape(*shape), (self, lambda g: g.reshape(self.data.shape)))

    def transpose(self, *axes):
        back = np.argsort([axis % self.data.ndim for axis in axes]) if axes else None
        return self.made(self.data.transpose(*axes), (self, lambda g: g.transpose(back)))
