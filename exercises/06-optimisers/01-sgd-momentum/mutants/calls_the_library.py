"""task: static

This is the library's optimiser. The point here is to write your own.
"""

import torch


class SGD:
    def __init__(self, params, lr, momentum=0.0, nesterov=False):
        self.tensors = [torch.from_numpy(p) for p in params]
        self.inner = torch.optim.SGD(self.tensors, lr, momentum=momentum, nesterov=nesterov)

    def step(self, grads):
        for tensor, g in zip(self.tensors, grads):
            tensor.grad = None if g is None else torch.from_numpy(g)
        self.inner.step()
