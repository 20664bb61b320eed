"""task: 1, 2

You add the squares up and do not divide by n. The loss then grows with the number of examples, and
so does every slope.
"""


def mse(pred, y):
    if pred.shape != y.shape:
        raise ValueError(f"pred has shape {pred.shape}, y has shape {y.shape}")
    d = pred - y
    return (d * d).sum(), 2 * d
