import numpy as np


def xent(logits, y):
    """Mean cross-entropy of the softmax of the scores, and its slope.

    logits: [N, K].  y: [N], whole numbers in 0..K-1.
    Returns (loss, dlogits): a number, and an array [N, K].
    """
    ...
