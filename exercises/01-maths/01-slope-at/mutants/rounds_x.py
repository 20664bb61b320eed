"""task: 1

Your slope belongs to a neighbouring whole number: somewhere x is rounded or turned into an integer.
A curve has a slope at every point, so keep x exactly as it came.
"""


def slope_at(f, x, h=1e-5):
    x = int(x)
    return (f(x + h) - f(x - h)) / (2 * h)
