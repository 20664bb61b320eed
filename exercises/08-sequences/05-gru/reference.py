import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gru_fwd(x, h0, Wx, Wh, bx, bh, variant):
    h, states, steps = h0, [], []
    both = slice(0, 2 * h0.shape[1])
    last = slice(2 * h0.shape[1], None)
    for t in range(x.shape[1]):
        ax = x[:, t] @ Wx + bx
        r, z = np.split(sigmoid(ax[:, both] + h @ Wh[:, both] + bh[both]), 2, axis=1)
        if variant == "after":
            hn = h @ Wh[:, last] + bh[last]
            n = np.tanh(ax[:, last] + r * hn)
        else:
            hn = None
            n = np.tanh(ax[:, last] + (r * h) @ Wh[:, last] + bh[last])
        steps.append((h, r, z, n, hn))
        h = (1 - z) * n + z * h
        states.append(h)
    return np.stack(states, axis=1), (x, Wx, Wh, steps)


def gru_bwd(dh, cache):
    """Through the blend, the candidate and the two gates; the state before hears on up to four ways."""
    x, Wx, Wh, steps = cache
    size = Wh.shape[0]
    dx = np.zeros_like(x)
    dWx, dWh, dbx, dbh = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wh[0]), np.zeros_like(Wh[0])
    after = np.zeros_like(dh[:, 0])
    for t in reversed(range(x.shape[1])):
        h, r, z, n, hn = steps[t]
        message = dh[:, t] + after
        dn = message * (1 - z) * (1 - n * n)
        dz = message * (h - n) * z * (1 - z)
        if hn is not None:
            met, dhn = h, dn * r
            dr = dn * hn * r * (1 - r)
            through_candidate = dhn @ Wh[:, 2 * size :].T
        else:
            met, dhn = r * h, dn
            drh = dn @ Wh[:, 2 * size :].T
            dr = drh * h * r * (1 - r)
            through_candidate = drh * r
        gates = np.concatenate([dr, dz], axis=1)
        dax = np.concatenate([gates, dn], axis=1)
        dx[:, t] = dax @ Wx.T
        dWx += x[:, t].T @ dax
        dbx += dax.sum(axis=0)
        dWh += np.concatenate([h.T @ gates, met.T @ dhn], axis=1)
        dbh += np.concatenate([gates, dhn], axis=1).sum(axis=0)
        after = message * z + gates @ Wh[:, : 2 * size].T + through_candidate
    return dx, after, dWx, dWh, dbx, dbh
