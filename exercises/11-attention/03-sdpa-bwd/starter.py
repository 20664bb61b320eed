import math

import numpy as np


# Task 1
def softmax_bwd(dP, P):
    """dP, P: [..., S]; each row of P is the softmax of a row of scores Z, or all zeros -> dZ [..., S]."""
    ...


# Tasks 2 and 3
def attn_bwd(dout, Q, K, V, P):
    """dout: [B, H, T, Dv], Q: [B, H, T, D], K: [B, H, S, D], V: [B, H, S, Dv], P: [B, H, T, S]
    -> (dQ, dK, dV), with the shapes of Q, K, V."""
    dQ = dK = dV = None
    return dQ, dK, dV
