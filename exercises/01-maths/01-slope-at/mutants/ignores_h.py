"""task: 1

You always step by the same small amount, whatever h says. The caller chooses the step: use the h
you are given, even when it is wide.
"""


def slope_at(f, x, h=1e-5):
    step = 1e-5
    return (f(x + step) - f(x - step)) / (2 * step)
