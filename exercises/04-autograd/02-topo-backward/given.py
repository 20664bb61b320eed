"""Given: values that remember their parents. The walk along them is yours."""

import math


class Value:
    """A number that remembers its parents and can push its gradient to them."""

    def __init__(self, data, parents=()):
        self.data = float(data)
        self.grad = 0.0
        self.parents = tuple(parents)
        self.push = lambda: None

    def __repr__(self):
        return f"Value({self.data:.4g}, grad={self.grad:.4g})"

    def made(self, data, pairs):
        out = Value(data, [parent for parent, _ in pairs])

        def push():
            for parent, slope in pairs:
                parent.grad += slope * out.grad

        out.push = push
        return out

    def __add__(self, other):
        if not isinstance(other, Value):
            return self.made(self.data + other, [(self, 1.0)])
        return self.made(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        if not isinstance(other, Value):
            return self.made(self.data * other, [(self, other)])
        return self.made(self.data * other.data, [(self, other.data), (other, self.data)])

    def tanh(self):
        y = math.tanh(self.data)
        return self.made(y, [(self, 1 - y * y)])
