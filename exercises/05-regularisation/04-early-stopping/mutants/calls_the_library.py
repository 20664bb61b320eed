"""task: static

This leaves the decision to a library's scheduler. The point here is to count the steps yourself.
"""

import torch


class EarlyStop:
    def __init__(self, patience, min_delta):
        optimiser = torch.optim.SGD([torch.zeros(1)], 1.0)
        self.watch = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimiser, patience=patience - 1, threshold=min_delta, threshold_mode="abs"
        )
        self.best_step = self.best_params = None

    def step(self, loss, params=None):
        before = self.watch.best
        self.watch.step(loss)
        if self.watch.best != before:
            self.best_step, self.best_params = self.watch.last_epoch - 1, dict(params or {})
        return self.watch.optimizer.param_groups[0]["lr"] < 1.0
