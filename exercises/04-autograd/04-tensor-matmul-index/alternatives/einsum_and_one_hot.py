"""Products by einsum on promoted arrays; indexing by bincount over flat places."""

import numpy as np


class Tensor(Graph):
    def __matmul__(self, other):
        a = np.atleast_2d(self.data)
        b = other.data.reshape(-1, 1) if other.data.ndim == 1 else other.data
        full = np.einsum("...ij,...jk->...ik", a, b)
        shape = list(full.shape)
        if other.data.ndim == 1:
            del shape[-1]
        if self.data.ndim == 1:
            del shape[-1 if other.data.ndim == 1 else -2]
        out = Tensor(full.reshape(shape), (self, other))

        def push():
            g = out.grad.reshape(full.shape)
            left = np.einsum("...ik,...jk->...ij", g, np.broadcast_to(b, g.shape[:-2] + b.shape[-2:]))
            right = np.einsum("...ij,...ik->...jk", np.broadcast_to(a, g.shape[:-2] + a.shape[-2:]), g)
            self.grad = self.grad + unbroadcast(left, a.shape).reshape(self.grad.shape)
            other.grad = other.grad + unbroadcast(right, b.shape).reshape(other.grad.shape)

        out.push = push
        return out

    def __getitem__(self, index):
        places = np.arange(self.data.size).reshape(self.data.shape)[index]
        out = Tensor(self.data.ravel()[places], (self,))

        def push():
            sums = np.bincount(np.ravel(places), weights=np.ravel(out.grad), minlength=self.data.size)
            self.grad = self.grad + sums.reshape(self.data.shape)

        out.push = push
        return out

    def max(self, axis=None, keepdims=False):
        top = np.amax(self.data, axis=axis, keepdims=True)
        out = Tensor(top if keepdims else top.squeeze() if axis is None else top.squeeze(axis), (self,))

        def push():
            winners = np.where(self.data == top, 1.0, 0.0)
            winners /= winners.sum(axis=axis, keepdims=True)
            self.grad = self.grad + winners * np.reshape(out.grad, top.shape)

        out.push = push
        return out


def cat(tensors, axis=0):
    out = Tensor(np.concatenate([t.data for t in tensors], axis), tuple(tensors))

    def push():
        start = 0
        for t in tensors:
            stop = start + t.data.shape[axis]
            t.grad = t.grad + np.take(out.grad, range(start, stop), axis=axis)
            start = stop

    out.push = push
    return out


def where(condition, a, b):
    yes = np.asarray(condition, dtype=float)
    out = Tensor(np.where(condition, a.data, b.data), (a, b))

    def push():
        a.grad = a.grad + unbroadcast(yes * out.grad, a.data.shape)
        b.grad = b.grad + unbroadcast((1 - yes) * out.grad, b.data.shape)

    out.push = push
    return out
