"""Every operation with a push of its own; unbroadcast as two loops; mean as its own operation."""

import numpy as np


def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis in range(len(shape)):
        if shape[axis] == 1 and g.shape[axis] != 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


class Tensor(Graph):
    __array_priority__ = 100

    @staticmethod
    def of(x):
        return x if isinstance(x, Graph) else Tensor(x)

    def receive(self, g):
        self.grad = self.grad + unbroadcast(np.asarray(g), self.data.shape)

    def __neg__(self):
        out = Tensor(-self.data, (self,))
        out.push = lambda: self.receive(-out.grad)
        return out

    def __add__(self, other):
        other = Tensor.of(other)
        out = Tensor(self.data + other.data, (self, other))

        def push():
            self.receive(out.grad)
            other.receive(out.grad)

        out.push = push
        return out

    def __sub__(self, other):
        other = Tensor.of(other)
        out = Tensor(self.data - other.data, (self, other))

        def push():
            self.receive(out.grad)
            other.receive(-out.grad)

        out.push = push
        return out

    def __mul__(self, other):
        other = Tensor.of(other)
        out = Tensor(self.data * other.data, (self, other))

        def push():
            self.receive(out.grad * other.data)
            other.receive(out.grad * self.data)

        out.push = push
        return out

    def __truediv__(self, other):
        other = Tensor.of(other)
        out = Tensor(self.data / other.data, (self, other))

        def push():
            self.receive(out.grad / other.data)
            other.receive(-out.grad * self.data / other.data**2)

        out.push = push
        return out

    def __radd__(self, other):
        return Tensor.of(other) + self

    def __rsub__(self, other):
        return Tensor.of(other) - self

    def __rmul__(self, other):
        return Tensor.of(other) * self

    def __rtruediv__(self, other):
        return Tensor.of(other) / self

    def _total(self, function, axis, keepdims, share):
        out = Tensor(function(self.data, axis=axis, keepdims=keepdims), (self,))

        def push():
            g = out.grad
            if axis is not None and not keepdims:
                g = np.expand_dims(g, axis)
            self.receive(np.broadcast_to(g, self.data.shape) * share)

        out.push = push
        return out

    def sum(self, axis=None, keepdims=False):
        return self._total(np.sum, axis, keepdims, 1.0)

    def mean(self, axis=None, keepdims=False):
        return self._total(
            np.mean, axis, keepdims, np.mean(self.data * 0 + 1, axis=axis).size / self.data.size
        )

    def reshape(self, *shape):
        out = Tensor(np.reshape(self.data, shape), (self,))
        out.push = lambda: self.receive(np.reshape(out.grad, self.data.shape))
        return out

    def transpose(self, *axes):
        order = [axis % self.data.ndim for axis in axes] or list(range(self.data.ndim))[::-1]
        out = Tensor(np.transpose(self.data, order), (self,))

        def push():
            back = [order.index(axis) for axis in range(len(order))]
            self.receive(np.transpose(out.grad, back))

        out.push = push
        return out
