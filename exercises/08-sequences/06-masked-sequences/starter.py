import numpy as np


def masked_loss(logits, y, lengths):
    """Mean cross-entropy over the real steps, and its slope.

    logits: [N, T, V].  y: [N, T], whole numbers.  lengths: [N], whole numbers from 0 to T.
    Returns (loss, dlogits): a number, and an array [N, T, V] that is 0 in the padding.
    """
    ...
