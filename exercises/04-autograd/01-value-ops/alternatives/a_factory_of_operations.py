"""Operations as a table of formulas, turned into methods by a factory."""

from math import exp, tanh


class Value(Graph):
    pass


def method(formula, slopes, flip=False):
    def operation(self, *others):
        args = [self] + [o if isinstance(o, Graph) else Value(o) for o in others]
        if flip:
            args = args[::-1]
        numbers = [a.data for a in args]
        out = Value(formula(*numbers), args)

        def push():
            for arg, slope in zip(args, slopes(*numbers), strict=True):
                arg.grad += out.grad * slope

        out.push = push
        return out

    return operation


TABLE = {
    "add": (lambda a, b: a + b, lambda a, b: (1, 1)),
    "sub": (lambda a, b: a - b, lambda a, b: (1, -1)),
    "mul": (lambda a, b: a * b, lambda a, b: (b, a)),
    "truediv": (lambda a, b: a / b, lambda a, b: (1 / b, -a / (b * b))),
}
for name, (formula, slopes) in TABLE.items():
    setattr(Value, f"__{name}__", method(formula, slopes))
    setattr(Value, f"__r{name}__", method(formula, slopes, flip=True))
Value.__neg__ = method(lambda a: -a, lambda a: (-1,))
Value.exp = method(exp, lambda a: (exp(a),))
Value.tanh = method(tanh, lambda a: (1 - tanh(a) ** 2,))
Value.relu = method(lambda a: a * (a > 0), lambda a: (int(a > 0),))
Value.__pow__ = lambda self, n: method(lambda a: a**n, lambda a: (n * a ** (n - 1),))(self)
