"""task: static

A library that does the whole work in one call is forbidden here: build it from the basic operations.
"""

import scipy


def the_name(*inputs):
    return scipy.the_name(*inputs)
