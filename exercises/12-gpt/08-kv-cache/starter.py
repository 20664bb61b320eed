import math

import torch


# Task 1
def attend(attn, heads, x, past):
    """x: [B, t, d] new tokens, past: None or (k, v), each [B, heads, S, d / heads] -> y [B, t, d], past"""
    ...


# Task 2
def extend(model, heads, ids, cache):
    """ids: [B, t] new tokens, cache: None or a list of pasts -> logits [B, t, vocab], cache"""
    ...


# Task 3
def generate(model, heads, ids, count):
    """ids: [B, T] -> [B, T + count]"""
    ...
