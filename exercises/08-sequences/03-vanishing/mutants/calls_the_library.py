"""task: static

This lets a library find the slopes. Here the table of each step is one line, and writing it is the
point.
"""

import torch


def jac_norms(Wh, hs):
    W, out = torch.tensor(Wh), []
    for t in range(len(hs)):
        product = torch.eye(len(Wh), dtype=W.dtype)
        for h in hs[t:]:
            product = product @ (W * (1 - torch.tensor(h) ** 2))
        out.append(float(torch.linalg.matrix_norm(product, 2)))
    return out


def choose_gain(Q, h0, u):
    return 1.0
