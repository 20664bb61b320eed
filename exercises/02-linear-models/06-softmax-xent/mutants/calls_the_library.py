"""task: static

You let torch compute the loss. It is three lines once you have a safe log-sum-exp.
"""

import torch


def xent(logits, y):
    t = torch.tensor(logits, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(t, torch.tensor(y))
    loss.backward()
    return loss.item(), t.grad.numpy()
