def mse(pred, y):
    """The mean of the squares, and 2/n of each difference."""
    if pred.shape != y.shape:
        raise ValueError(f"pred has shape {pred.shape}, y has shape {y.shape}")
    d = pred - y
    return (d * d).mean(), 2 * d / d.size
