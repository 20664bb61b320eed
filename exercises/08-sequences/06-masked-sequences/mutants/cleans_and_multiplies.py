"""task: 1

You replace nan and infinities by numbers, compute the loss everywhere and multiply by the mask. What replaces
an infinity is so large that a difference of two is infinite again, and 0 times that is nan. Take the real
steps out first.
"""

import numpy as np


def masked_loss(logits, y, lengths):
    mask = np.arange(logits.shape[1]) < lengths[:, None]
    real = max(int(mask.sum()), 1)
    right = np.where(mask, y, 0)[:, :, None]
    with np.errstate(all="ignore"):
        scores = np.nan_to_num(logits)
        scores = scores - scores.max(axis=2, keepdims=True)
        logp = scores - np.log(np.exp(scores).sum(axis=2, keepdims=True))
        loss = -(np.take_along_axis(logp, right, axis=2)[:, :, 0] * mask).sum() / real
    slopes = np.exp(logp)
    np.put_along_axis(slopes, right, np.take_along_axis(slopes, right, axis=2) - 1, axis=2)
    return loss, np.where(mask[:, :, None], slopes / real, 0).astype(logits.dtype)
