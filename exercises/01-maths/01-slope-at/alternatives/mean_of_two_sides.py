"""Averages the slope seen to the right and the slope seen to the left; the middle value cancels."""


def slope_at(f, x, h=1e-5):
    here = f(x)
    to_the_right = (f(x + h) - here) / h
    to_the_left = (here - f(x - h)) / h
    return 0.5 * (to_the_right + to_the_left)
