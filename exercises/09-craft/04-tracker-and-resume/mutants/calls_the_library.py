"""task: static

This lets another library write the record. The three calls are what you write here.
"""

import wandb


class Run:
    @classmethod
    def init(cls, path, **config):
        wandb.init(dir=path, config=config, mode="offline")
        return cls()

    def log(self, step, **metrics):
        wandb.log(metrics, step=step)

    def finish(self):
        wandb.finish()
