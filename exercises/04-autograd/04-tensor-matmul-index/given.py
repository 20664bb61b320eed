"""Given: arrays that remember their parents, with + and *. The other operations are yours."""

import numpy as np


class Graph:
    """An array that remembers its parents; subclasses supply the operations."""

    def __init__(self, data, parents=()):
        self.data = np.asarray(data, dtype=np.float64)
        self.grad = np.zeros(self.data.shape)
        self.parents = tuple(parents)
        self.push = lambda: None

    def backward(self, seed=None):
        """Set own grad to seed (default: ones), then push along the graph, latest object first."""
        order, seen, waiting = [], set(), [(self, False)]
        while waiting:
            node, parents_done = waiting.pop()
            if parents_done:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                waiting.append((node, True))
                waiting.extend((parent, False) for parent in node.parents)
        self.grad = np.ones_like(self.data) if seed is None else np.array(seed, dtype=np.float64)
        for node in reversed(order):
            node.push()

    def __add__(self, other):
        out = type(self)(self.data + other.data, (self, other))

        def push():
            self.grad += unbroadcast(out.grad, self.data.shape)
            other.grad += unbroadcast(out.grad, other.data.shape)

        out.push = push
        return out

    def __mul__(self, other):
        out = type(self)(self.data * other.data, (self, other))

        def push():
            self.grad += unbroadcast(out.grad * other.data, self.data.shape)
            other.grad += unbroadcast(out.grad * self.data, other.data.shape)

        out.push = push
        return out


def unbroadcast(g, shape):
    """Sum a gradient over the axes along which an array of `shape` was stretched."""
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return g.sum(axis=stretched, keepdims=True)
