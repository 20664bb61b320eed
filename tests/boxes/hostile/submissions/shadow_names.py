"""Takes every name that a harness might use.

Must: passed, failed, crashed
"""

import builtins

ask = make = truth = judge = answer = inputs = kernel = wire = cells = None
__name__ = "kernel"
__builtins__ = {}


def double(x):
    return x + x
