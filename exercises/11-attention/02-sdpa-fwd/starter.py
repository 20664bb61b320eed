import math

import numpy as np


# Task 1
def attn_weights(Q, K, mask=None):
    """Q: [B, H, T, D], K: [B, H, S, D], mask: bool [T, S] or None -> weights [B, H, T, S]."""
    ...


# Task 2
def attn(Q, K, V, mask=None):
    """Q, K and mask as above, V: [B, H, S, Dv] -> [B, H, T, Dv]."""
    ...


# Task 3
def causal_mask(T, S):
    """-> bool [T, S]: True where one of the last T of S places may look."""
    ...
