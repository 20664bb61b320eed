"""task: 1, 2, 3

Your functions return zeros. Begin with one row of weights: what happens to the others when one score grows?
"""

import numpy as np


def softmax_bwd(dP, P):
    return np.zeros_like(P)


def attn_bwd(dout, Q, K, V, P):
    return np.zeros_like(Q), np.zeros_like(K), np.zeros_like(V)
