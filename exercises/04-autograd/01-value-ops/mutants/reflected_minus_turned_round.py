"""task: 1

2 - x comes out as x - 2. Python calls __rsub__ with the number as other, and the number stands
on the left.
"""

import math


class Value(Graph):
    def __add__(self, other):
        other = lift(other)
        out = Value(self.data + other.data, (self, other))

        def push():
            self.grad += out.grad
            other.grad += out.grad

        out.push = push
        return out

    def __mul__(self, other):
        other = lift(other)
        out = Value(self.data * other.data, (self, other))

        def push():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.push = push
        return out

    def __pow__(self, n):
        return self.one_parent(self.data**n, n * self.data ** (n - 1))

    def exp(self):
        return self.one_parent(math.exp(self.data), math.exp(self.data))

    def tanh(self):
        return self.one_parent(math.tanh(self.data), 1 - math.tanh(self.data) ** 2)

    def relu(self):
        return self.one_parent(max(self.data, 0.0), 1.0 if self.data > 0 else 0.0)

    def one_parent(self, data, slope):
        out = Value(data, (self,))

        def push():
            self.grad += slope * out.grad

        out.push = push
        return out

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -lift(other)

    def __rsub__(self, other):
        return self + -lift(other)

    def __truediv__(self, other):
        return self * lift(other) ** -1

    def __rtruediv__(self, other):
        return lift(other) * self**-1

    __radd__ = __add__
    __rmul__ = __mul__


def lift(x):
    return x if isinstance(x, Value) else Value(x)
