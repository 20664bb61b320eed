"""task: 1, 2, 3

Your runs write nothing and your trainer does nothing. Begin with the line that `init` appends.
"""


class Run:
    @classmethod
    def init(cls, path, **config):
        open(path, "a").close()
        return cls()

    def log(self, step, **metrics):
        return None

    def finish(self):
        return None


def read(path):
    return {}, {}


def differences(configs):
    return {}


class Trainer:
    def __init__(self, model, optimizer, X, y, batch_size, generator):
        self.step = 0

    def advance(self, steps, run=None):
        self.step += steps

    def save(self, path):
        open(path, "w").close()

    def resume(self, path):
        return None
