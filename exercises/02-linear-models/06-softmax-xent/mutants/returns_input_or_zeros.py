"""task: 1, 2

You return zeros. Loss and slope have to be computed from the scores.
"""

import numpy as np


def xent(logits, y):
    return 0.0, np.zeros_like(logits)
