"""task: 1, 2, 3

Your step fills the parameters with zeros. Begin with task 1: subtract lr times the gradient
from each array, in place.
"""


class SGD:
    def __init__(self, params, lr, momentum=0.0, nesterov=False):
        self.params, self.lr = params, lr

    def step(self, grads):
        for p in self.params:
            p[...] = 0.0
