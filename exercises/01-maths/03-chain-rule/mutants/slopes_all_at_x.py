"""task: 1

You take every slope at x. Only the first function ever sees x: each later one sees what the
function before it returned, so its slope has to be taken there.
"""


def compose_grad(fs, x):
    slope = 1.0
    for _, df in fs:
        slope *= df(x)
    return slope
