"""task: 1

You return a number that does not depend on f. The slope has to come from calling f at two points
near x.
"""


def slope_at(f, x, h=1e-5):
    return 0.0
