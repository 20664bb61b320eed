"""FILL: how this right answer differs from the reference, as in: with a loop and a running sum"""

import numpy as np


def the_name(x):  # FILL: the parameters, as in starter.py
    return x  # FILL: a right answer that is built differently
