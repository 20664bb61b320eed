"""task: 1, 2

You return the first shape as it is. The second one matters too: it may be longer, or stretch a 1,
or not fit.
"""


def broadcast_shape(a, b):
    return a
