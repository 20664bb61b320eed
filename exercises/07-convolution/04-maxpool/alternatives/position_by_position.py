"""Goes through the positions of the window; a challenger has to be larger than all before it."""

import numpy as np


def _slices(k, stride, rows, columns):
    for u in range(k[0]):
        for v in range(k[1]):
            yield (
                slice(None),
                slice(None),
                slice(u, u + stride[0] * (rows - 1) + 1, stride[0]),
                slice(v, v + stride[1] * (columns - 1) + 1, stride[1]),
            )


def pool_fwd(x, k, stride, pad=(0, 0)):
    frame = ((0, 0), (0, 0), (pad[0],) * 2, (pad[1],) * 2)
    padded = np.pad(x, frame, constant_values=-np.inf)
    rows = (padded.shape[2] - k[0]) // stride[0] + 1
    columns = (padded.shape[3] - k[1]) // stride[1] + 1
    out = np.full((*x.shape[:2], rows, columns), -np.inf, dtype=x.dtype)
    champion = np.full(out.shape, -1)
    for number, place in enumerate(_slices(k, stride, rows, columns)):
        larger = padded[place] > out
        out[larger] = padded[place][larger]
        champion[larger] = number
    return out, (champion, x.shape, k, stride, pad)


def pool_bwd(dout, cache):
    champion, shape, k, stride, pad = cache
    back = np.zeros((*shape[:2], shape[2] + 2 * pad[0], shape[3] + 2 * pad[1]), dtype=dout.dtype)
    for number, place in enumerate(_slices(k, stride, *dout.shape[2:])):
        back[place] += np.where(champion == number, dout, 0)
    return back[:, :, pad[0] : pad[0] + shape[2], pad[1] : pad[1] + shape[3]].copy()
