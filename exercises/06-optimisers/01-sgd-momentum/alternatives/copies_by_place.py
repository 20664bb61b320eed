"""A dictionary of velocities by place, made when first needed; the parameters are written with [...]."""


class SGD:
    def __init__(self, params, lr, momentum=0.0, nesterov=False):
        self.arrays = tuple(params)
        self.lr = lr
        self.mu = momentum
        self.look_ahead = nesterov
        self.memory = {}

    def step(self, grads):
        for place, g in enumerate(grads):
            if g is not None:
                p = self.arrays[place]
                old = self.memory.get(place)
                new = g.copy() if old is None else old * self.mu + g
                self.memory[place] = new
                p[...] = p - self.lr * (self.mu * new + g if self.look_ahead else new)
