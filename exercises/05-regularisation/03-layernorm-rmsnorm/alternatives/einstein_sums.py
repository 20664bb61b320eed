"""One backward formula for both norms, in Einstein notation; layer norm is RMS norm of what is centred."""

import numpy as np


def _normalise(x, eps):
    squares = np.einsum("...i,...i->...", x, x)[..., None]
    scale = (squares / x.shape[-1] + eps) ** -0.5
    return x * scale, scale


def _over_all_but_the_last(message):
    return np.sum(message, axis=tuple(range(message.ndim - 1)))


def _back(dy, cache):
    hat, scale, g = cache
    d = np.einsum("...i,i->...i", dy, g)
    share = np.einsum("...i,...i->...", d, hat)[..., None] / hat.shape[-1]
    return scale * (d - hat * share), _over_all_but_the_last(dy * hat)


def rms_fwd(x, g, eps=1e-5):
    hat, scale = _normalise(x, eps)
    return np.einsum("...i,i->...i", hat, g), (hat, scale, g)


def rms_bwd(dy, cache):
    return _back(dy, cache)


def ln_fwd(x, g, b, eps=1e-5):
    hat, scale = _normalise(x - np.mean(x, -1, keepdims=True), eps)
    return hat * g + b, (hat, scale, g)


def ln_bwd(dy, cache):
    dx, dg = _back(dy, cache)
    return dx - np.mean(dx, -1, keepdims=True), dg, _over_all_but_the_last(dy)
