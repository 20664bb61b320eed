"""A tracker that writes lines, a reader that knows of resumed runs, and training that resumes bit for bit."""

import json
import math
import os

import torch
import torch.nn.functional as F


def plain(value):
    """A number as Python's own, None where it is not finite; anything else as it is."""
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Run:
    @classmethod
    def init(cls, path, **config):
        if os.path.exists(path):
            with open(path, "rb+") as old:
                old.truncate(old.read().rfind(b"\n") + 1)
        run = cls()
        run.file = open(path, "a", encoding="utf-8")
        run.last = None
        run.write({"init": {name: plain(value) for name, value in config.items()}})
        return run

    def write(self, line):
        print(json.dumps(line, allow_nan=False), file=self.file, flush=True)

    def log(self, step, **metrics):
        if self.file.closed:
            raise ValueError("this run is finished")
        if self.last is not None and step <= self.last:
            raise ValueError(f"step {step} does not come after step {self.last}")
        self.write({"step": plain(step)} | {name: plain(value) for name, value in metrics.items()})
        self.last = plain(step)

    def finish(self):
        if not self.file.closed:
            self.write({"finish": self.last})
            self.file.close()


def read(path):
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")[:-1]
    config, curves, fresh = {}, {}, False
    for line in map(json.loads, lines):
        if "init" in line:
            config.update(line["init"])
            fresh = True
        elif "step" in line:
            step = line.pop("step")
            if fresh:
                curves = {name: [p for p in points if p[0] < step] for name, points in curves.items()}
                fresh = False
            for name, value in line.items():
                curves.setdefault(name, []).append((step, value))
    return config, {name: points for name, points in curves.items() if points}


def differences(configs):
    settings = {setting for config in configs.values() for setting in config}
    found = {}
    for setting in sorted(settings):
        values = {run: config.get(setting) for run, config in configs.items()}
        first, *others = values.values()
        if any(value != first for value in others):
            found[setting] = values
    return found


class Trainer:
    def __init__(self, model, optimizer, X, y, batch_size, generator):
        self.model = model
        self.optimizer = optimizer
        self.X = X
        self.y = y
        self.batch_size = batch_size
        self.generator = generator
        self.step = 0
        self.order = torch.arange(0)
        self.place = 0

    def batch(self):
        if self.place >= len(self.order):
            self.order = torch.randperm(len(self.X), generator=self.generator)
            self.place = 0
        rows = self.order[self.place : self.place + self.batch_size]
        self.place += self.batch_size
        return self.X[rows], self.y[rows]

    def advance(self, steps, run=None):
        self.model.train()
        for _ in range(steps):
            x, y = self.batch()
            loss = F.cross_entropy(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.step += 1
            if run is not None:
                run.log(self.step, loss=loss)

    def save(self, path):
        held = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "general": torch.get_rng_state(),
            "order": self.order,
            "place": self.place,
            "step": self.step,
        }
        torch.save(held, path + ".part")
        os.replace(path + ".part", path)

    def resume(self, path):
        held = torch.load(path)
        self.model.load_state_dict(held["model"])
        self.optimizer.load_state_dict(held["optimizer"])
        self.generator.set_state(held["generator"])
        torch.set_rng_state(held["general"])
        self.order = held["order"]
        self.place = held["place"]
        self.step = held["step"]
