"""task: 1

You made the step far smaller than h. That sounds more exact, but the two heights then agree in
almost all of their 16 digits, and the few digits that differ are mostly rounding noise. Use the h
you are given.
"""


def slope_at(f, x, h=1e-5):
    step = h * 1e-8
    return (f(x + step) - f(x - step)) / (2 * step)
