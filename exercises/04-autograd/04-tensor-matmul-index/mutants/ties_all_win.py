"""task: 3

Where several numbers share the maximum, each of them receives the whole gradient in your
version. They share it in equal parts.
"""

import numpy as np


class Tensor(Graph):
    def __matmul__(self, other):
        out = Tensor(self.data @ other.data, (self, other))
        a = self.data[None, :] if self.data.ndim == 1 else self.data
        b = other.data[:, None] if other.data.ndim == 1 else other.data

        def push():
            g = out.grad.reshape((a @ b).shape)
            da, db = g @ np.swapaxes(b, -1, -2), np.swapaxes(a, -1, -2) @ g
            self.grad += unbroadcast(da, a.shape).reshape(self.data.shape)
            other.grad += unbroadcast(db, b.shape).reshape(other.data.shape)

        out.push = push
        return out

    def __getitem__(self, index):
        out = Tensor(self.data[index], (self,))

        def push():
            np.add.at(self.grad, index, out.grad)

        out.push = push
        return out

    def max(self, axis=None, keepdims=False):
        top = self.data.max(axis=axis, keepdims=True)
        out = Tensor(top if keepdims else self.data.max(axis=axis), (self,))

        def push():
            hits = self.data == top
            self.grad += hits * out.grad.reshape(top.shape)

        out.push = push
        return out


def cat(tensors, axis=0):
    out = Tensor(np.concatenate([t.data for t in tensors], axis=axis), tensors)

    def push():
        ends = np.cumsum([t.data.shape[axis] for t in tensors])
        for t, piece in zip(tensors, np.split(out.grad, ends[:-1], axis=axis)):
            t.grad += piece

    out.push = push
    return out


def where(condition, a, b):
    out = Tensor(np.where(condition, a.data, b.data), (a, b))

    def push():
        a.grad += unbroadcast(np.where(condition, out.grad, 0), a.data.shape)
        b.grad += unbroadcast(np.where(condition, 0, out.grad), b.data.shape)

    out.push = push
    return out
