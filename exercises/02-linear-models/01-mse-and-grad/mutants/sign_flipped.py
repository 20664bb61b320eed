"""task: 1, 2

Your slope points the other way. A prediction above the answer has a positive slope, since raising
it makes the loss larger: pred - y, not y - pred.
"""


def mse(pred, y):
    if pred.shape != y.shape:
        raise ValueError(f"pred has shape {pred.shape}, y has shape {y.shape}")
    d = pred - y
    return (d * d).mean(), -2 * d / d.size
