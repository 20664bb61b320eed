"""task: 1, 2

Your functions return zeros and ones. Begin with the last step alone: its table is Wh with each
column scaled by the slope of that unit's tanh.
"""

import numpy as np


def jac_norms(Wh, hs):
    return np.zeros(len(hs))


def choose_gain(Q, h0, u):
    return 1.0
