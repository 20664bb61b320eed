"""task: 2

You reshape y until it fits. That hides a mistake in the caller's code; here the caller is to be
told, by a ValueError.
"""


def mse(pred, y):
    if pred.size != y.size:
        raise ValueError("sizes differ")
    y = y.reshape(pred.shape)
    d = pred - y
    return (d * d).mean(), 2 * d / d.size
