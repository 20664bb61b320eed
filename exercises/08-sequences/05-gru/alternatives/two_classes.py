"""A class for each version; an instance is one step, and the list of instances is the cache."""

import numpy as np


def _sigmoid(a):
    return 0.5 * (1 + np.tanh(0.5 * a))


class _Step:
    def __init__(self, x, h, Wx, Wh, bx, bh):
        self.x, self.h = x, h
        self.Wx, self.Wh = np.split(Wx, 3, axis=1), np.split(Wh, 3, axis=1)
        self.bx, self.bh = np.split(bx, 3), np.split(bh, 3)
        self.r, self.z = (_sigmoid(x @ self.Wx[k] + self.bx[k] + h @ self.Wh[k] + self.bh[k]) for k in (0, 1))
        self.n = np.tanh(self.candidate())
        self.out = self.n + self.z * (h - self.n)

    def back(self, m):
        dn = m * (1 - self.z) * (1 - self.n) * (1 + self.n)
        dz = m * (self.h - self.n) * self.z * (1 - self.z)
        dr, dh, dWhn, dbhn = self.candidate_back(dn)
        dr = dr * self.r * (1 - self.r)
        dh = dh + m * self.z + dr @ self.Wh[0].T + dz @ self.Wh[1].T
        dx = sum(d @ W.T for d, W in zip((dr, dz, dn), self.Wx))
        dWx = np.hstack([self.x.T @ d for d in (dr, dz, dn)])
        dWh = np.hstack([self.h.T @ dr, self.h.T @ dz, dWhn])
        dbx = np.hstack([d.sum(0) for d in (dr, dz, dn)])
        dbh = np.hstack([dr.sum(0), dz.sum(0), dbhn])
        return dx, dh, dWx, dWh, dbx, dbh


class _After(_Step):
    def candidate(self):
        self.inner = self.h @ self.Wh[2] + self.bh[2]
        return self.x @ self.Wx[2] + self.bx[2] + self.r * self.inner

    def candidate_back(self, dn):
        inner = self.r * dn
        return dn * self.inner, inner @ self.Wh[2].T, self.h.T @ inner, inner.sum(0)


class _Before(_Step):
    def candidate(self):
        return self.x @ self.Wx[2] + self.bx[2] + (self.r * self.h) @ self.Wh[2] + self.bh[2]

    def candidate_back(self, dn):
        into = dn @ self.Wh[2].T
        return into * self.h, into * self.r, (self.r * self.h).T @ dn, dn.sum(0)


def gru_fwd(x, h0, Wx, Wh, bx, bh, variant):
    steps, h = [], h0
    for t in range(x.shape[1]):
        steps.append({"after": _After, "before": _Before}[variant](x[:, t], h, Wx, Wh, bx, bh))
        h = steps[-1].out
    return np.stack([step.out for step in steps], axis=1), steps


def gru_bwd(dh, cache):
    dxs, total, message = [], None, 0
    for t in range(len(cache) - 1, -1, -1):
        dx, message, *weights = cache[t].back(dh[:, t] + message)
        dxs = [dx, *dxs]
        total = weights if total is None else [a + b for a, b in zip(total, weights)]
    return np.stack(dxs, axis=1), message, *total
