"""task: 2

You subtract without a look at the shapes. A column minus a list compares every prediction with
every answer, in silence. Raise a ValueError when the shapes differ.
"""


def mse(pred, y):
    d = pred - y
    return (d * d).mean(), 2 * d / d.size
