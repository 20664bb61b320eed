"""Measures the whole Jacobian once and compares it with f_bwd applied to every unit dy and random ones."""

import numpy as np


def jacobian(f, x, h):
    columns = []
    for place in range(x.size):
        nudge = np.zeros(x.size)
        nudge[place] = h
        nudge = nudge.reshape(x.shape)
        columns.append((np.ravel(f(x + nudge)) - np.ravel(f(x - nudge))) / (2 * h))
    return np.array(columns)


def numeric_vjp(f, x, dy, h=1e-5):
    return (jacobian(f, x, h) @ np.ravel(dy)).reshape(x.shape)


def gradcheck(f, f_bwd, x, rng):
    J = jacobian(f, x, 1e-5)
    y = np.asarray(f(x))
    tests = [row.reshape(y.shape) for row in np.eye(y.size)] + [
        rng.standard_normal(y.shape) for _ in range(2)
    ]
    for dy in tests:
        claimed = np.asarray(f_bwd(dy, x))
        if claimed.shape != x.shape or not np.isfinite(claimed).all():
            return False
        if np.abs(claimed.ravel() - J @ dy.ravel()).max() > 3e-6 * np.abs(J).max():
            return False
    return True
