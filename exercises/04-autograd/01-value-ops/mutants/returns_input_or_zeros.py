"""task: 1, 2, 3

Your operations return a Value that has forgotten where it came from, so no gradient arrives
anywhere. Give each result its parents and its push.
"""


class Value(Graph):
    def __add__(self, other):
        return Value(0.0)

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = __add__

    def exp(self):
        return Value(self.data)

    __neg__ = tanh = relu = exp
