"""Four gates on an axis of their own; the weights' gradients in one product over all steps at the end."""

import numpy as np


def _squash(a):
    return 0.5 + 0.5 * np.tanh(a / 2)


def lstm_fwd(x, h0, c0, Wx, Wh, b):
    n, t, _ = x.shape
    hidden = h0.shape[1]
    drive = np.einsum("ntd,dk->ntk", x, Wx) + b
    gates = np.empty((n, t, 4, hidden), dtype=x.dtype)
    h = np.empty((n, t + 1, hidden), dtype=x.dtype)
    c = np.empty((n, t + 1, hidden), dtype=x.dtype)
    h[:, 0], c[:, 0] = h0, c0
    for step in range(t):
        sums = (drive[:, step] + h[:, step] @ Wh).reshape(n, 4, hidden)
        gates[:, step, :3] = _squash(sums[:, :3])
        gates[:, step, 3] = np.tanh(sums[:, 3])
        i, f, o, g = gates[:, step].swapaxes(0, 1)
        c[:, step + 1] = c[:, step] * f + g * i
        h[:, step + 1] = np.tanh(c[:, step + 1]) * o
    return h[:, 1:].copy(), c[:, -1].copy(), {"x": x, "gates": gates, "h": h, "c": c, "W": (Wx, Wh)}


def lstm_bwd(dh, dc, cache):
    x, gates, h, c = cache["x"], cache["gates"], cache["h"], cache["c"]
    Wx, Wh = cache["W"]
    n, t, _, hidden = gates.shape
    slopes = np.concatenate([gates[:, :, :3] * (1 - gates[:, :, :3]), 1 - gates[:, :, 3:] ** 2], axis=2)
    da = np.empty_like(gates)
    state, cell = np.zeros_like(dc), np.array(dc)
    for step in range(t - 1, -1, -1):
        i, f, o, g = gates[:, step].swapaxes(0, 1)
        seen = np.tanh(c[:, step + 1])
        state = state + dh[:, step]
        cell = cell + state * o * (1 - seen**2)
        da[:, step] = np.stack([cell * g, cell * c[:, step], state * seen, cell * i], axis=1)
        da[:, step] *= slopes[:, step]
        state = da[:, step].reshape(n, 4 * hidden) @ Wh.T
        cell = cell * f
    flat = da.reshape(n * t, 4 * hidden)
    dWx = x.reshape(n * t, -1).T @ flat
    dWh = h[:, :-1].reshape(n * t, -1).T @ flat
    return (flat @ Wx.T).reshape(x.shape), state, cell, dWx, dWh, flat.sum(axis=0)
