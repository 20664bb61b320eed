"""One step as a function that returns its own way back; the tape of these functions is the cache."""

import numpy as np


def _sigmoid(a):
    small = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, small) / (1 + small)


def _step(x, h, c, Wx, Wh, b):
    wide, W = np.hstack([x, h]), np.vstack([Wx, Wh])
    a = wide @ W + b
    n = h.shape[1]
    i, f, o = (_sigmoid(a[:, k * n : (k + 1) * n]) for k in range(3))
    g = np.tanh(a[:, 3 * n :])
    new = f * c + i * g
    seen = np.tanh(new)

    def back(dh, dc):
        dnew = dc + dh * o * (1 - seen) * (1 + seen)
        parts = (
            dnew * g * (i - i * i),
            dnew * c * (f - f * f),
            dh * seen * (o - o * o),
            dnew * i * (1 - g * g),
        )
        da = np.hstack(parts)
        down = da @ W.T
        d = x.shape[1]
        both = wide.T @ da
        return down[:, :d], down[:, d:], dnew * f, both[:d], both[d:], np.einsum("nk->k", da)

    return o * seen, new, back


def lstm_fwd(x, h0, c0, Wx, Wh, b):
    tape, states, h, c = [], [], h0, c0
    for x_t in np.moveaxis(x, 1, 0):
        h, c, back = _step(x_t, h, c, Wx, Wh, b)
        states.append(h)
        tape.append(back)
    return np.array(states).swapaxes(0, 1), c, tape


def lstm_bwd(dh, dc, cache):
    dxs, sums, message = [], None, np.zeros_like(dc)
    for t in range(len(cache))[::-1]:
        dx, message, dc, *weights = cache[t](message + dh[:, t], dc)
        dxs.append(dx)
        sums = weights if sums is None else [total + part for total, part in zip(sums, weights)]
    return np.stack(dxs[::-1], axis=1), message, dc, *sums
