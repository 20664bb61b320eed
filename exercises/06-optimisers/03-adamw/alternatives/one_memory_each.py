"""A dictionary for each parameter, one new value written at once; who decays is told by the shape."""

import numpy as np


def decay_list(params, weight_decay):
    found = []
    for array in params:
        found.append(weight_decay * float(len(array.shape) > 1))
    return found


class AdamW:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        self.lr, self.betas, self.eps = lr, betas, eps
        each = weight_decay if type(weight_decay) is list else [weight_decay for _ in params]
        self.memory = [{"array": p, "decay": d, "t": 0, "m": 0.0, "v": 0.0} for p, d in zip(params, each)]

    def step(self, grads):
        b1, b2 = self.betas
        for one, g in zip(self.memory, grads):
            if g is not None:
                one["t"] += 1
                one["m"] = b1 * one["m"] + (1 - b1) * g
                one["v"] = b2 * one["v"] + (1 - b2) * g**2
                move = one["m"] / (1 - b1 ** one["t"])
                move = move / (np.sqrt(one["v"] / (1 - b2 ** one["t"])) + self.eps)
                p = one["array"]
                p[...] = p - self.lr * one["decay"] * p - self.lr * move
