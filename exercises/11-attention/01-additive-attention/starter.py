import torch


# Task 1
def additive_scores(q, keys, Wq, Wk, v):
    """q: [B, Dq], keys: [B, T, Dk], Wq: [Dq, A], Wk: [Dk, A], v: [A] -> scores [B, T]"""
    ...


# Task 2
def bahdanau(q, keys, values, mask, Wq, Wk, v):
    """values: [B, T, Dv], mask: bool [B, T] or None -> (context [B, Dv], weights [B, T])"""
    ...
