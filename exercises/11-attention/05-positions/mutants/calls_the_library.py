"""task: static

This asks a library to turn the pairs. The point is to see for yourself how little there is to it.
"""

import numpy as np
import torch


def rope(x, pos, base=1e4):
    z = torch.view_as_complex(torch.tensor(x).reshape(*x.shape[:-1], -1, 2))
    a = torch.tensor(pos[:, None] / base ** (np.arange(0, x.shape[-1], 2) / x.shape[-1]))
    return torch.view_as_real(z * torch.polar(torch.ones_like(a), a)).reshape(x.shape).numpy()
