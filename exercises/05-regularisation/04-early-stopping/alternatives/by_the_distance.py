"""Waiting is the distance between this step and the best one; what is no number is sorted out first."""

import copy

import numpy as np


class EarlyStop:
    def __init__(self, patience, min_delta):
        self._limit = (patience, min_delta)
        self._number = -1
        self._best = None
        self.best_step, self.best_params = None, None

    def _improves(self, loss):
        if not np.isfinite(loss):
            return False
        return self._best is None or self._best - loss > self._limit[1]

    def step(self, loss, params=None):
        self._number += 1
        if self._improves(loss):
            self._best, self.best_step = float(loss), self._number
            self.best_params = copy.deepcopy(params)
            return False
        since = -1 if self.best_step is None else self.best_step
        return self._number - since >= self._limit[0]
