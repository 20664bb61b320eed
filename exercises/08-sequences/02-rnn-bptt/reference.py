import numpy as np


def step_bwd(dh, x, h_before, h, Wx, Wh):
    """Through the tanh, then into the three parts of the sum."""
    da = dh * (1 - h * h)
    return da @ Wx.T, da @ Wh.T, x.T @ da, h_before.T @ da, da.sum(axis=0)


def rnn_fwd(x, h0, Wx, Wh, b):
    h, states = h0, []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ Wx + h @ Wh + b)
        states.append(h)
    return np.stack(states, axis=1), (x, [h0, *states], Wx, Wh)


def rnn_bwd(dh, cache):
    """From the last step to the first; what a state hears is its own message and that of the step after."""
    x, states, Wx, Wh = cache
    dx = np.zeros_like(x)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wh[0])
    after = np.zeros_like(states[0])
    for t in reversed(range(x.shape[1])):
        message = dh[:, t] + after
        dx[:, t], after, dWx_t, dWh_t, db_t = step_bwd(message, x[:, t], states[t], states[t + 1], Wx, Wh)
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, after, dWx, dWh, db
