import numpy as np


class EarlyStop:
    def __init__(self, patience, min_delta):
        """patience: int, 1 or more; min_delta: number, 0 or more."""
        ...

    # Tasks 1 and 2
    def step(self, loss, params=None):
        """loss: number, nan or inf; params: dict of arrays -> True if it is time to stop.

        Sets best_step and, in task 2, best_params.
        """
        ...
