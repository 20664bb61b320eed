"""Stores every intermediate value first and multiplies from the last function back to the first, as
backpropagation does."""


def compose_grad(fs, x):
    arriving = []
    for f, _ in fs:
        arriving.append(x)
        x = f(x)
    grad = 1.0
    for (_, df), value in zip(reversed(fs), reversed(arriving)):
        grad *= df(value)
    return grad
