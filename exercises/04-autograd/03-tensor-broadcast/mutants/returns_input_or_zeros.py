"""task: 1, 2, 3

Your operations return a Tensor that has forgotten where it came from, so no gradient arrives
anywhere. Give each result its parents and its push.
"""


class Tensor(Graph):
    def __add__(self, other):
        return Tensor(self.data * 0)

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__

    def __neg__(self):
        return Tensor(self.data)

    def sum(self, axis=None, keepdims=False):
        return Tensor(self.data)

    mean = sum

    def reshape(self, *to):
        return Tensor(self.data)

    transpose = reshape
