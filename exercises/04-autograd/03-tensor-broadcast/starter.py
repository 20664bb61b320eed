import numpy as np


def unbroadcast(g, shape):
    """Sum a gradient back to `shape`. You have written this one before: bring it along."""
    ...


# Graph is given: data, grad, parents, push, and the method backward(seed).
class Tensor(Graph):
    def __neg__(self):
        out = Tensor(-self.data, (self,))

        def push():
            self.grad += -out.grad

        out.push = push
        return out

    # Task 1: __add__, __radd__, __sub__, __rsub__, __mul__, __rmul__, __truediv__, __rtruediv__

    # Task 2: sum, mean

    # Task 3: reshape, transpose
