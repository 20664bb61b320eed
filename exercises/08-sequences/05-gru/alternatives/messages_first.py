"""First the messages at all sums, in arrays over all steps; then each gradient in one product."""

import numpy as np


def _sigmoid(a):
    small = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, small) / (1 + small)


def gru_fwd(x, h0, Wx, Wh, bx, bh, variant):
    k = h0.shape[1]
    drive = np.einsum("ntd,dk->ntk", x, Wx) + bx
    h = np.concatenate([h0[:, None], np.zeros((*drive.shape[:2], k), drive.dtype)], axis=1)
    gates = np.zeros_like(drive)
    for t in range(drive.shape[1]):
        now = h[:, t]
        gates[:, t, : 2 * k] = _sigmoid(drive[:, t, : 2 * k] + now @ Wh[:, : 2 * k] + bh[: 2 * k])
        r, z = gates[:, t, :k], gates[:, t, k : 2 * k]
        if variant == "before":
            inner = (r * now) @ Wh[:, 2 * k :] + bh[2 * k :]
        else:
            inner = r * (now @ Wh[:, 2 * k :] + bh[2 * k :])
        gates[:, t, 2 * k :] = np.tanh(drive[:, t, 2 * k :] + inner)
        h[:, t + 1] = z * now + (1 - z) * gates[:, t, 2 * k :]
    return h[:, 1:].copy(), {"x": x, "h": h, "gates": gates, "Wx": Wx, "Wh": Wh, "bh": bh, "variant": variant}


def gru_bwd(dh, cache):
    x, h, Wx, Wh, bh = (cache[name] for name in ("x", "h", "Wx", "Wh", "bh"))
    before = h[:, :-1]
    r, z, n = np.split(cache["gates"], 3, axis=2)
    Wr, Wz, Wn = np.split(Wh, 3, axis=1)
    dr, dz, dn, dhn = (np.zeros_like(r) for _ in range(4))
    message = np.zeros_like(dh[:, 0])
    for t in range(r.shape[1])[::-1]:
        message = message + dh[:, t]
        dn[:, t] = message * (1 - z[:, t]) * (1 - n[:, t] ** 2)
        dz[:, t] = message * (before[:, t] - n[:, t]) * z[:, t] * (1 - z[:, t])
        if cache["variant"] == "before":
            dhn[:, t] = dn[:, t]
            into = dn[:, t] @ Wn.T
            reset, straight = into * before[:, t], into * r[:, t]
        else:
            dhn[:, t] = dn[:, t] * r[:, t]
            reset, straight = dn[:, t] * (before[:, t] @ Wn + bh[2 * len(Wh) :]), dhn[:, t] @ Wn.T
        dr[:, t] = reset * r[:, t] * (1 - r[:, t])
        message = message * z[:, t] + dr[:, t] @ Wr.T + dz[:, t] @ Wz.T + straight
    dax = np.concatenate([dr, dz, dn], axis=2)
    dah = np.concatenate([dr, dz, dhn], axis=2)
    met = r * before if cache["variant"] == "before" else before
    pairs = [(before, dr), (before, dz), (met, dhn)]
    dWh = np.concatenate([np.einsum("nti,ntj->ij", a, d) for a, d in pairs], axis=1)
    return dax @ Wx.T, message, np.einsum("nti,ntj->ij", x, dax), dWh, dax.sum((0, 1)), dah.sum((0, 1))
