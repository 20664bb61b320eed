"""Every operation with a push of its own, nothing derived from anything else."""

import math


def as_value(x):
    if isinstance(x, Value):
        return x
    return Value(x)


class Value(Graph):
    def _make(self, data, *pairs):
        out = Value(data, [parent for parent, _ in pairs])

        def push():
            for parent, slope in pairs:
                parent.grad = parent.grad + slope * out.grad

        out.push = push
        return out

    def __neg__(self):
        return self._make(-self.data, (self, -1.0))

    def __add__(self, other):
        b = as_value(other)
        return self._make(self.data + b.data, (self, 1.0), (b, 1.0))

    def __radd__(self, other):
        return as_value(other) + self

    def __sub__(self, other):
        b = as_value(other)
        return self._make(self.data - b.data, (self, 1.0), (b, -1.0))

    def __rsub__(self, other):
        return as_value(other) - self

    def __mul__(self, other):
        b = as_value(other)
        return self._make(self.data * b.data, (self, b.data), (b, self.data))

    def __rmul__(self, other):
        return as_value(other) * self

    def __truediv__(self, other):
        b = as_value(other)
        return self._make(self.data / b.data, (self, 1 / b.data), (b, -self.data / b.data**2))

    def __rtruediv__(self, other):
        return as_value(other) / self

    def __pow__(self, n):
        return self._make(self.data**n, (self, n * self.data ** (n - 1)))

    def exp(self):
        y = math.exp(self.data)
        return self._make(y, (self, y))

    def tanh(self):
        y = math.tanh(self.data)
        return self._make(y, (self, (1 - y) * (1 + y)))

    def relu(self):
        on = self.data > 0
        return self._make(self.data if on else 0.0, (self, float(on)))
