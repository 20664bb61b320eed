"""task: 1, 2

This returns what came in. Both passes have to work out their results.
"""


def the_name_fwd(x, *others):
    return x, (x, *others)


def the_name_bwd(dout, cache):
    return [0 * array for array in cache]
