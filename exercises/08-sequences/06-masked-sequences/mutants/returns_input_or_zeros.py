"""task: 1, 2

Your function returns zeros. Take the real steps out first, and work out their loss as in module 2.
"""

import numpy as np


def masked_loss(logits, y, lengths):
    return 0.0, np.zeros_like(logits)
