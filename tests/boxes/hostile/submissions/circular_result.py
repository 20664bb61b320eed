"""Returns a list that contains itself.

Must: failed
"""


def double(x):
    circle = [x]
    circle.append(circle)
    return circle
