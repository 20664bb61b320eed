"""Nudges x in place and puts it back; compares norms over five random dy, with two steps combined."""

import numpy as np


def numeric_vjp(f, x, dy, h=1e-5):
    x = np.array(x)
    dx = np.empty_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        above = np.vdot(dy, f(x))
        x[i] = old - h
        below = np.vdot(dy, f(x))
        x[i] = old
        dx[i] = (above - below) / (2 * h)
    return dx


def gradcheck(f, f_bwd, x, rng):
    verdict = True
    for _ in range(5):
        dy = rng.normal(size=np.shape(f(x)))
        dx = f_bwd(dy, x)
        if np.shape(dx) != np.shape(x):
            return False
        measured = (4 * numeric_vjp(f, x, dy, 2e-5) - numeric_vjp(f, x, dy, 4e-5)) / 3
        gap, size = np.linalg.norm(dx - measured), np.linalg.norm(measured)
        verdict = verdict and bool(gap <= 2e-6 * size)
    return verdict
