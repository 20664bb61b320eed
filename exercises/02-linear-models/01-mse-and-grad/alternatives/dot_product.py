"""The sum of squares as a dot product of the differences with themselves."""


def mse(pred, y):
    if pred.shape != y.shape:
        raise ValueError("shapes differ")
    n = pred.shape[0]
    d = (pred - y).reshape(n)
    loss = float(d @ d) / n
    return loss, (d * (2.0 / n)).reshape(n, 1)
