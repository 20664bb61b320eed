import numpy as np


def xent(logits, y):
    """Shift each row, then log of the sum minus the right score; softmax minus one at the right class."""
    rows = np.arange(len(y))
    s = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(s)
    total = e.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - s[rows, y]).mean()
    dlogits = e / total
    dlogits[rows, y] -= 1
    return loss, dlogits / len(y)
