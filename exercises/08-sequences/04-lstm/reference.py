import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def lstm_fwd(x, h0, c0, Wx, Wh, b):
    h, c, states, steps = h0, c0, [], []
    for t in range(x.shape[1]):
        i, f, o, g = np.split(x[:, t] @ Wx + h @ Wh + b, 4, axis=1)
        i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
        before = h, c
        c = f * c + i * g
        h = o * np.tanh(c)
        states.append(h)
        steps.append((*before, i, f, o, g, c))
    return np.stack(states, axis=1), c, (x, Wx, Wh, steps)


def lstm_bwd(dh, dc, cache):
    """Two messages come from the step after: one at the state, one along the cell."""
    x, Wx, Wh, steps = cache
    dx = np.zeros_like(x)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wh[0])
    dh_after, dc_after = np.zeros_like(dc), dc
    for t in reversed(range(x.shape[1])):
        h_before, c_before, i, f, o, g, c = steps[t]
        message = dh[:, t] + dh_after
        seen = np.tanh(c)
        at_cell = dc_after + message * o * (1 - seen * seen)
        da_i = at_cell * g * i * (1 - i)
        da_f = at_cell * c_before * f * (1 - f)
        da_o = message * seen * o * (1 - o)
        da_g = at_cell * i * (1 - g * g)
        da = np.concatenate([da_i, da_f, da_o, da_g], axis=1)
        dx[:, t] = da @ Wx.T
        dWx += x[:, t].T @ da
        dWh += h_before.T @ da
        db += da.sum(axis=0)
        dh_after, dc_after = da @ Wh.T, at_cell * f
    return dx, dh_after, dc_after, dWx, dWh, db
