"""The order is not saved but drawn again, from the generator's state at the beginning of the epoch."""

import io
import json
import math
import os
from itertools import groupby

import numpy as np
import torch
from torch import nn


class Run:
    """One open file in binary, without a buffer of its own."""

    @classmethod
    def init(cls, path, **config):
        self = cls()
        self.out = open(path, "ab+", buffering=0)
        self.out.seek(0)
        whole = self.out.read()
        self.out.truncate(len(whole) - len(whole.split(b"\n")[-1]))
        self.last, self.live = None, True
        self._say(init={key: self._clean(value) for key, value in config.items()})
        return self

    @staticmethod
    def _clean(value):
        if isinstance(value, (torch.Tensor, np.ndarray, np.generic)):
            value = value.tolist()
        if type(value) is float and (value != value or abs(value) == math.inf):
            return None
        return value

    def _say(self, **line):
        self.out.write((json.dumps(line) + "\n").encode())

    def log(self, step, **metrics):
        step = self._clean(step)
        if not self.live:
            raise ValueError("finished")
        if self.last is not None and not step > self.last:
            raise ValueError("not a later step")
        self.last = step
        self._say(step=step, **{key: self._clean(value) for key, value in metrics.items()})

    def finish(self):
        if self.live:
            self._say(finish=self.last)
        self.live = False


def read(path):
    text = open(path, "rb").read().rpartition(b"\n")[0].decode()
    lines = [json.loads(line) for line in text.split("\n")]
    config, rows = {}, []
    for kind, some in groupby(lines, key=lambda line: "step" in line):
        some = list(some)
        if kind:
            rows = [row for row in rows if row["step"] < some[0]["step"]] + some
        else:
            for line in some:
                config.update(line.get("init", {}))
    names = {name for row in rows for name in row if name != "step"}
    return config, {name: [(row["step"], row[name]) for row in rows if name in row] for name in names}


def differences(configs):
    settings = set().union(*(config.keys() for config in configs.values()))
    tables = {setting: {run: config.get(setting) for run, config in configs.items()} for setting in settings}
    return {setting: table for setting, table in tables.items() if len(set(table.values())) > 1}


class Trainer:
    def __init__(self, model, optimizer, X, y, batch_size, generator):
        self.parts = {"model": model, "optimizer": optimizer}
        self.X, self.y, self.size, self.generator = X, y, batch_size, generator
        self.step, self.loss = 0, nn.CrossEntropyLoss()
        self.per_epoch = math.ceil(len(X) / batch_size)
        self.before, self.order = generator.get_state(), None

    def draw(self):
        self.before = self.generator.get_state()
        self.order = torch.randperm(len(self.X), generator=self.generator)

    def advance(self, steps, run=None):
        model, optimizer = self.parts["model"].train(), self.parts["optimizer"]
        for _ in range(steps):
            k = self.step % self.per_epoch
            if k == 0:
                self.draw()
            rows = self.order[k * self.size : (k + 1) * self.size]
            optimizer.zero_grad(set_to_none=True)
            loss = self.loss(model(self.X[rows]), self.y[rows])
            loss.backward()
            optimizer.step()
            self.step += 1
            if run is not None:
                run.log(self.step, loss=loss.detach())

    def save(self, path):
        middle = self.step % self.per_epoch != 0
        own = self.before if middle else self.generator.get_state()
        held = {name: part.state_dict() for name, part in self.parts.items()}
        held |= {"step": self.step, "own": own, "general": torch.get_rng_state()}
        whole = io.BytesIO()
        torch.save(held, whole)
        with open(path + "~", "wb") as file:
            file.write(whole.getvalue())
        os.rename(path + "~", path)

    def resume(self, path):
        held = torch.load(path)
        for name, part in self.parts.items():
            part.load_state_dict(held[name])
        self.step = held["step"]
        self.generator.set_state(held["own"])
        if self.step % self.per_epoch:
            self.draw()
        torch.set_rng_state(held["general"])
