"""task: 1

An empty chain hands x through unchanged: nudge the input and the output moves by the same amount.
Its slope is 1, which is also the number to start a product from.
"""


def compose_grad(fs, x):
    if not fs:
        return 0.0
    slope = 1.0
    for f, df in fs:
        slope *= df(x)
        x = f(x)
    return slope
