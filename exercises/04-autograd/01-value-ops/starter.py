import math


# Graph is given: data, grad, parents, push, and the method backward().
class Value(Graph):
    def __repr__(self):
        return f"Value({self.data:.4g}, grad={self.grad:.4g})"

    def __neg__(self):
        out = Value(-self.data, (self,))

        def push():
            self.grad += -1.0 * out.grad

        out.push = push
        return out

    # Task 1: __add__, __radd__, __sub__, __rsub__, __mul__, __rmul__

    # Task 2: __truediv__, __rtruediv__, __pow__

    # Task 3: exp, tanh, relu
