"""task: 1, 2

Your object never says stop and always thinks that the last step was the best. It has to compare each loss
with the best so far.
"""


class EarlyStop:
    def __init__(self, patience, min_delta):
        self.best_step, self.best_params, self.steps = None, None, 0

    def step(self, loss, params=None):
        self.best_step, self.best_params, self.steps = self.steps, params, self.steps + 1
        return False
