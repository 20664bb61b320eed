"""task: 2

Your slope is the softmax alone. The right class has one more term: its score stands in the loss
with a minus, which takes away 1 at that place.
"""

import numpy as np


def xent(logits, y):
    rows = np.arange(len(y))
    s = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(s)
    total = e.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - s[rows, y]).mean()
    dlogits = e / total
    return loss, dlogits / len(y)
