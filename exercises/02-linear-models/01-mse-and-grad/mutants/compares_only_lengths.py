"""task: 2

You compare the lengths only. A column (4, 1) and a list (4,) have the same length and different
shapes, and this is the pair that goes wrong.
"""


def mse(pred, y):
    if len(pred) != len(y):
        raise ValueError(f"pred has shape {pred.shape}, y has shape {y.shape}")
    d = pred - y
    return (d * d).mean(), 2 * d / d.size
