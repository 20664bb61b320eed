"""Layer norm and RMS norm along the last axis; sums over all the others for g and b."""

import numpy as np


def ln_fwd(x, g, b, eps=1e-5):
    centred = x - x.mean(axis=-1, keepdims=True)
    inverse = 1 / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps)
    normal = centred * inverse
    return g * normal + b, (normal, inverse, g)


def ln_bwd(dy, cache):
    normal, inverse, g = cache
    d = dy * g
    along = (d * normal).mean(axis=-1, keepdims=True)
    dx = inverse * (d - d.mean(axis=-1, keepdims=True) - normal * along)
    return dx, over_examples(dy * normal), over_examples(dy)


def over_examples(message):
    return message.reshape(-1, message.shape[-1]).sum(axis=0)


def rms_fwd(x, g, eps=1e-5):
    inverse = 1 / np.sqrt((x * x).mean(axis=-1, keepdims=True) + eps)
    normal = x * inverse
    return g * normal, (normal, inverse, g)


def rms_bwd(dy, cache):
    normal, inverse, g = cache
    d = dy * g
    dx = inverse * (d - normal * (d * normal).mean(axis=-1, keepdims=True))
    return dx, over_examples(dy * normal)
