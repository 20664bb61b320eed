"""task: static

This lets a library find the gradients. The point here is to walk back through both versions yourself.
"""

import torch


def gru_fwd(x, h0, Wx, Wh, bx, bh, variant):
    given = [torch.tensor(v, requires_grad=True) for v in (x, h0, Wx, Wh, bx, bh)]
    x, h, Wx, Wh, bx, bh = given
    k, states = h.shape[1], []
    for t in range(x.shape[1]):
        ax, ah = x[:, t] @ Wx + bx, h @ Wh + bh
        r, z = torch.sigmoid(ax + ah)[:, :k], torch.sigmoid(ax + ah)[:, k : 2 * k]
        inner = r * ah[:, 2 * k :] if variant == "after" else (r * h) @ Wh[:, 2 * k :] + bh[2 * k :]
        h = (1 - z) * torch.tanh(ax[:, 2 * k :] + inner) + z * h
        states.append(h)
    out = torch.stack(states, 1)
    return out.detach().numpy(), (out, given)


def gru_bwd(dh, cache):
    out, given = cache
    return [g.numpy() for g in torch.autograd.grad(out, given, torch.tensor(dh), retain_graph=True)]
