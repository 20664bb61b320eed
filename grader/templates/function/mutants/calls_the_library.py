"""task: static

A library that does the whole work in one call is set aside here: build it from the basic operations.
"""

import scipy


def the_name(*inputs):
    return scipy.the_name(*inputs)
