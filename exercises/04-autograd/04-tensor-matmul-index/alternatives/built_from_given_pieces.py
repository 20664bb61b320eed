"""The matrix product, indexing and where push by themselves; max and cat are made from pieces, + and *."""

import numpy as np


class Tensor(Graph):
    def __matmul__(self, other):
        if self.data.ndim == 1:
            row = self[None, :] @ other
            return (
                row[..., 0]
                if other.data.ndim == 1 and row.data.ndim == 1
                else row[..., 0, :]
                if other.data.ndim > 1
                else row[0]
            )
        if other.data.ndim == 1:
            return (self @ other[:, None])[..., 0]
        out = Tensor(np.matmul(self.data, other.data), (self, other))

        def push():
            self.grad += unbroadcast(np.matmul(out.grad, other.data.swapaxes(-2, -1)), self.data.shape)
            other.grad += unbroadcast(np.matmul(self.data.swapaxes(-2, -1), out.grad), other.data.shape)

        out.push = push
        return out

    def __getitem__(self, index):
        out = Tensor(np.array(self.data[index]), (self,))

        def push():
            extra = np.zeros(self.data.shape)
            np.add.at(extra, index, out.grad)
            self.grad += extra

        out.push = push
        return out

    def max(self, axis=None, keepdims=False):
        best = self.data.max(axis=axis, keepdims=True)
        share = (self.data == best) / np.sum(self.data == best, axis=axis, keepdims=True)
        chosen = self * Tensor(share)
        out = Tensor(best if keepdims else self.data.max(axis=axis), (chosen,))

        def push():
            chosen.grad += np.broadcast_to(out.grad.reshape(best.shape), self.data.shape)

        out.push = push
        return out


def cat(tensors, axis=0):
    sizes = [t.data.shape[axis] for t in tensors]
    total = None
    for n, t in enumerate(tensors):
        spread = np.zeros((sum(sizes), sizes[n]))
        spread[sum(sizes[:n]) : sum(sizes[: n + 1])] = np.eye(sizes[n])
        shape = list(t.data.shape)
        shape[axis] = sum(sizes)
        piece = Tensor(np.moveaxis(np.tensordot(spread, t.data, (1, axis)), 0, axis), (t,))

        def push(t=t, piece=piece, spread=spread):
            t.grad += np.moveaxis(np.tensordot(spread.T, piece.grad, (1, axis)), 0, axis)

        piece.push = push
        total = piece if total is None else total + piece
    return total


def where(condition, a, b):
    out = Tensor(np.where(condition, a.data, b.data), (a, b))

    def push():
        for side, taken in ((a, condition), (b, np.logical_not(condition))):
            side.grad += unbroadcast(taken * out.grad, side.data.shape)

    out.push = push
    return out
