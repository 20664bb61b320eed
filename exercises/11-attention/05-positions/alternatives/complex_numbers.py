"""A pair is a complex number, and turning it is one product; the table is a turn of i, read backwards."""

import numpy as np


def _turns(pos, pairs, base):
    powers = np.power(float(base), -np.linspace(0, 1, pairs, endpoint=False))
    return np.exp(1j * np.outer(pos, powers))


def sinusoidal(T, d):
    z = _turns(np.arange(T), d // 2, 10000.0)
    return np.ascontiguousarray(np.dstack([z.imag, z.real]).reshape(T, d))


def rope(x, pos, base=1e4):
    wide = np.ascontiguousarray(x, dtype=np.float64)
    z = wide.view(np.complex128) * _turns(pos, x.shape[-1] // 2, base)
    return z.view(np.float64).astype(x.dtype)
