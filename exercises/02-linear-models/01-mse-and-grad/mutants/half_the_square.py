"""task: 1, 2

You put a factor of one half in front of the mean, so that the 2 in the slope disappears. Some books
do that; the loss asked for here has no half.
"""


def mse(pred, y):
    if pred.shape != y.shape:
        raise ValueError(f"pred has shape {pred.shape}, y has shape {y.shape}")
    d = pred - y
    return (d * d).mean() / 2, d / d.size
