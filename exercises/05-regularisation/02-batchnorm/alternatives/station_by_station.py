"""Every station of the forward pass has its own line on the way back; running memory by small steps."""

import numpy as np


def bn_fwd(x, g, b, run_mean, run_var, train, momentum=0.1, eps=1e-5):
    if train and x.shape[0] == 1:
        raise ValueError("train needs at least two examples")
    mean = np.mean(x, axis=0) if train else run_mean.copy()
    centred = x - mean
    var = np.var(x, axis=0) if train else run_var.copy()
    std = np.sqrt(var + eps)
    normal = centred / std
    if train:
        run_mean -= momentum * (run_mean - mean)
        run_var -= momentum * (run_var - np.var(x, axis=0, ddof=1))
    return normal * g + b, {"centred": centred, "std": std, "normal": normal, "g": g, "train": train}


def bn_bwd(dy, cache):
    centred, std, n = cache["centred"], cache["std"], len(dy)
    db = np.sum(dy, axis=0)
    dg = np.sum(dy * cache["normal"], axis=0)
    dnormal = dy * cache["g"]
    dcentred = dnormal / std
    if not cache["train"]:
        return dcentred, dg, db
    dstd = -np.sum(dnormal * centred, axis=0) / std**2
    dvar = dstd / (2 * std)
    dcentred = dcentred + 2 * centred * dvar / n
    dmean = -np.sum(dcentred, axis=0)
    return dcentred + dmean / n, dg, db
