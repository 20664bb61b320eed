"""Rows of one long table, and every station of the forward pass with its own line on the way back."""

import numpy as np


def ln_fwd(x, g, b, eps=1e-5):
    table = x.reshape(-1, x.shape[-1])
    centred = table - np.mean(table, axis=1)[:, None]
    std = np.sqrt(np.var(table, axis=1) + eps)[:, None]
    y = centred / std * g + b
    return y.reshape(x.shape), (centred, std, g)


def ln_bwd(dy, cache):
    centred, std, g = cache
    message, (n, d) = dy.reshape(centred.shape), centred.shape
    db = np.add.reduce(message, axis=0)
    dg = np.add.reduce(message * centred / std, axis=0)
    dnormal = message * g
    dstd = -(dnormal * centred).sum(axis=1)[:, None] / std**2
    dvar = dstd / (2 * std)
    dcentred = dnormal / std + 2 * centred * dvar / d
    dx = dcentred - dcentred.sum(axis=1)[:, None] / d
    return dx.reshape(dy.shape), dg, db


def rms_fwd(x, g, eps=1e-5):
    table = x.reshape(-1, x.shape[-1]).copy()
    rms = np.sqrt(np.square(table).sum(axis=1) / table.shape[1] + eps)[:, None]
    return (table / rms * g).reshape(x.shape), (table, rms, g)


def rms_bwd(dy, cache):
    table, rms, g = cache
    message = dy.reshape(table.shape)
    drms = -(message * g * table).sum(axis=1)[:, None] / rms**2
    dx = message * g / rms + drms / rms * table / table.shape[1]
    return dx.reshape(dy.shape), (message * table / rms).sum(axis=0)
