"""task: 1

You add the losses of the examples up. The loss asked for is their mean.
"""

import numpy as np


def xent(logits, y):
    rows = np.arange(len(y))
    s = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(s)
    total = e.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - s[rows, y]).sum()
    dlogits = e / total
    dlogits[rows, y] -= 1
    return loss, dlogits / len(y)
