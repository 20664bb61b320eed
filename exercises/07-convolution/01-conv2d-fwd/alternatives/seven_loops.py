"""Every index of the formula is a loop; the padding is never built but skipped."""

import numpy as np


def out_size(size, kernel, stride, pad):
    count, start = 0, -pad
    while start + kernel <= size + pad:
        count, start = count + 1, start + stride
    return count


def conv(x, w, b, stride=(1, 1), pad=(0, 0)):
    N, C, H, W = x.shape
    F, _, kh, kw = w.shape
    rows, columns = out_size(H, kh, stride[0], pad[0]), out_size(W, kw, stride[1], pad[1])
    out = np.zeros((N, F, rows, columns), dtype=x.dtype)
    pixels, weights, biases = x.tolist(), w.tolist(), b.tolist()
    for n in range(N):
        for f in range(F):
            for i in range(rows):
                for j in range(columns):
                    total = biases[f]
                    for u in range(kh):
                        r = i * stride[0] + u - pad[0]
                        if not 0 <= r < H:
                            continue
                        for v in range(kw):
                            s = j * stride[1] + v - pad[1]
                            if 0 <= s < W:
                                for c in range(C):
                                    total += pixels[n][c][r][s] * weights[f][c][u][v]
                    out[n, f, i, j] = total
    return out
