"""task: 1

You compare the point itself with a point to its right. That works, but the error shrinks only as
fast as the step does. Take one point on each side of x: their errors cancel, and halving the step
then cuts the error by four.
"""


def slope_at(f, x, h=1e-5):
    return (f(x + h) - f(x)) / h
