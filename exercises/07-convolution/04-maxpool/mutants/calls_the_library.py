"""task: static

You let torch pool. The forward pass is one maximum for each window; the way back needs to know who
won.
"""

import torch


def pool_fwd(x, k, stride, pad=(0, 0)):
    x = torch.tensor(x, requires_grad=True)
    out = torch.nn.functional.max_pool2d(x, k, stride=stride, padding=pad)
    return out.detach().numpy(), (x, out)


def pool_bwd(dout, cache):
    x, out = cache
    (dx,) = torch.autograd.grad(out, x, torch.tensor(dout), retain_graph=True)
    return dx.numpy()
