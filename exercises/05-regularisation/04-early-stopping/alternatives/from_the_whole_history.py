"""Keeps all that happened and looks through it anew in every step."""

import numpy as np


class EarlyStop:
    def __init__(self, patience, min_delta):
        self.patience, self.min_delta = patience, min_delta
        self.losses = []
        self.best_params = None

    @property
    def good(self):
        """The numbers of all improvements."""
        found = []
        for number, loss in enumerate(self.losses):
            if loss == loss and loss != float("inf"):
                if not found or loss + self.min_delta < self.losses[found[-1]]:
                    found.append(number)
        return found

    @property
    def best_step(self):
        return self.good[-1] if self.good else None

    def step(self, loss, params=None):
        self.losses.append(loss)
        last = len(self.losses) - 1
        if self.best_step == last and params is not None:
            self.best_params = {key: np.array(value) for key, value in params.items()}
        recent = range(max(0, last + 1 - self.patience), last + 1)
        return len(recent) == self.patience and not set(recent) & set(self.good)
