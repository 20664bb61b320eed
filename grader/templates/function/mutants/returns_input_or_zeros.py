"""task: 1

This returns what came in. Every number of the result has to be worked out from it.
"""


def the_name(x, *others):
    return x
