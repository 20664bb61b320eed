"""task: 1, 2

You return the picture and zeros. The gradients have to come from the messages in dout.
"""

import numpy as np


def conv_bwd(dout, x, w, stride=(1, 1), pad=(0, 0)):
    return x.copy(), np.zeros_like(w), np.zeros(len(w), dtype=w.dtype)
