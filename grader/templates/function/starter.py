import numpy as np


def the_name(x):  # FILL: the parameters
    """FILL: what it takes and returns, with shapes"""
    ...
