"""Two QR decompositions: pivoting by hand finds the independent columns, the second one makes the
solution the shortest."""

import numpy as np


def ols(X, y):
    """Complete orthogonal decomposition, with column pivoting written out."""
    n, d = X.shape
    R, z = X.astype(float).copy(), y.astype(float).copy()
    order = np.arange(d)
    rank = 0
    tolerance = None
    for k in range(min(n, d)):
        norms = np.sqrt((R[k:, k:] ** 2).sum(axis=0))
        j = k + int(norms.argmax())
        if tolerance is None:
            tolerance = np.linalg.norm(X, 2) * max(n, d) * np.finfo(float).eps
        if norms[j - k] <= tolerance:
            break
        R[:, [k, j]], order[[k, j]] = R[:, [j, k]], order[[j, k]]
        v = R[k:, k].copy()
        v[0] += np.copysign(np.linalg.norm(v), v[0])
        v /= np.linalg.norm(v)
        R[k:, k:] -= 2 * np.outer(v, v @ R[k:, k:])
        z[k:] -= 2 * v * (v @ z[k:])
        rank += 1
    w = np.zeros(d)
    if rank:
        Q, T = np.linalg.qr(R[:rank].T)
        w[order] = Q @ np.linalg.solve(T.T, z[:rank])
    return w
