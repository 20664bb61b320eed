"""task: static

You let torch differentiate for you. The three gradients are three lines; once they are yours, you
will know what torch does.
"""

import torch


def linear_fwd(x, W, b):
    tensors = [torch.tensor(v, requires_grad=True) for v in (x, W, b)]
    out = torch.nn.functional.linear(tensors[0], tensors[1].T, tensors[2])
    return out.detach().numpy(), (out, tensors)


def linear_bwd(dout, cache):
    out, tensors = cache
    out.backward(torch.tensor(dout))
    return tuple(t.grad.numpy() for t in tensors)
