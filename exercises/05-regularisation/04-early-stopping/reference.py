"""Early stopping with patience: the best loss, its step, copies of its weights, and a count of waiting."""

import math


class EarlyStop:
    def __init__(self, patience, min_delta):
        self.patience = patience
        self.min_delta = min_delta
        self.best = math.inf
        self.best_step = None
        self.best_params = None
        self.steps = 0
        self.waited = 0

    def step(self, loss, params=None):
        if loss < self.best - self.min_delta:
            self.best = loss
            self.best_step = self.steps
            self.best_params = {name: array.copy() for name, array in (params or {}).items()}
            self.waited = 0
        else:
            self.waited += 1
        self.steps += 1
        return self.waited >= self.patience
