"""task: 1

You move the value on before you take the slope, so each slope belongs to the output of its
function. Take the slope at the number that goes in, then move on.
"""


def compose_grad(fs, x):
    slope = 1.0
    for f, df in fs:
        x = f(x)
        slope *= df(x)
    return slope
