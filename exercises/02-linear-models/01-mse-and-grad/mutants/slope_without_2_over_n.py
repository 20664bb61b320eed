"""task: 1, 2

Your slope is the plain difference. The slope of d² is 2d, and the mean divides by n: together that
is a factor of 2/n. Without it the step you take while training is n/2 times too long.
"""


def mse(pred, y):
    if pred.shape != y.shape:
        raise ValueError(f"pred has shape {pred.shape}, y has shape {y.shape}")
    d = pred - y
    return (d * d).mean(), d
