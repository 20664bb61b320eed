"""task: static

This lets a library find the gradients. The point here is to walk back through the network
yourself, once.
"""

import torch


def mlp_loss(params, X, y, reg):
    p = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
    h = torch.relu(torch.tensor(X) @ p["W1"] + p["b1"])
    h = torch.relu(h @ p["W2"] + p["b2"])
    loss = torch.nn.functional.cross_entropy(h @ p["W3"] + p["b3"], torch.tensor(y))
    loss = loss + 0.5 * reg * sum((p[k] ** 2).sum() for k in ("W1", "W2", "W3"))
    loss.backward()
    return loss.item(), {k: v.grad.numpy() for k, v in p.items()}
