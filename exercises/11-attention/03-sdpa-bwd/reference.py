"""The way back through softmax and through attention: four products and a row sum."""

import math

import numpy as np


def softmax_bwd(dP, P):
    return P * (dP - (dP * P).sum(axis=-1, keepdims=True))


def attn_bwd(dout, Q, K, V, P):
    dV = np.swapaxes(P, -1, -2) @ dout
    dP = dout @ np.swapaxes(V, -1, -2)
    dZ = softmax_bwd(dP, P) / math.sqrt(Q.shape[-1])
    return dZ @ K, np.swapaxes(dZ, -1, -2) @ Q, dV
