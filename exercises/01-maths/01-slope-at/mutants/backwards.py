"""task: 1

Your slopes have the right size and the wrong sign. Rise is the right point minus the left point
when the run is counted from left to right.
"""


def slope_at(f, x, h=1e-5):
    return (f(x - h) - f(x + h)) / (2 * h)
