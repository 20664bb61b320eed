"""A dictionary for each parameter; the corrections go into the step length, and a mean is a weighted sum."""

import numpy as np


def running_mean(values, beta):
    rows = []
    for t in range(1, len(values) + 1):
        weights = [beta ** (t - 1 - k) for k in range(t)]
        rows.append(sum(w * values[k] for k, w in enumerate(weights)) / sum(weights))
    return np.array(rows, dtype=values.dtype).reshape(values.shape)


class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.lr = lr
        self.b1, self.b2 = betas
        self.eps = eps
        self.memory = [{"array": p, "t": 0, "m": 0.0, "v": 0.0} for p in params]

    def step(self, grads):
        for one, g in zip(self.memory, grads):
            if g is None:
                continue
            one["t"] += 1
            one["m"] = self.b1 * one["m"] + (1 - self.b1) * g
            one["v"] = self.b2 * one["v"] + (1 - self.b2) * g**2
            root = np.sqrt(1 - self.b2 ** one["t"])
            size = self.lr * float(root) / (1 - self.b1 ** one["t"])
            one["array"][...] = one["array"] - size * one["m"] / (np.sqrt(one["v"]) + self.eps * float(root))
