"""task: 1, 2

Your step fills the parameters with zeros, and nobody decays. Begin with your Adam from the exercise
before.
"""


class AdamW:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        self.params, self.lr = params, lr

    def step(self, grads):
        for p in self.params:
            p[...] = 0.0


def decay_list(params, weight_decay):
    return [0.0 for p in params]
