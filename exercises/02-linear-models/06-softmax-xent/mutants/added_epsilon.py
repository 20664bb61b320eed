"""task: 1

You add a tiny constant inside the logarithm. A model that is sure and wrong is then charged no more
than about 20, and every loss is a little off. Take the score of the right class away from the log-
sum-exp instead; no constant is needed.
"""

import numpy as np


def xent(logits, y):
    rows = np.arange(len(y))
    s = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(s)
    total = e.sum(axis=1, keepdims=True)
    loss = -np.log((e / total)[rows, y] + 1e-9).mean()
    dlogits = e / total
    dlogits[rows, y] -= 1
    return loss, dlogits / len(y)
