"""The file is opened for each line, a run is read as a table of points, batches wait in a queue."""

import copy
import json
import math
import os

import torch
import torch.nn.functional as F


def _number(value):
    if isinstance(value, (str, bool, type(None))):
        return value
    if isinstance(value, torch.Tensor):
        value = value.detach().tolist()
    whole = int(value) if math.isfinite(value) else None
    if whole is None:
        return None
    return whole if type(value) is int or "int" in type(value).__name__ else float(value)


class Run:
    def __init__(self, path):
        self.path, self.steps, self.over = path, [], False

    @classmethod
    def init(cls, path, **config):
        data = b""
        if os.path.isfile(path):
            with open(path, "rb") as file:
                data = file.read()
        if data and not data.endswith(b"\n"):
            with open(path, "wb") as file:
                file.write(data[: data.rfind(b"\n") + 1])
        run = cls(path)
        run._append({"init": {name: _number(config[name]) for name in config}})
        return run

    def _append(self, line):
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def log(self, step, **metrics):
        step = int(step)
        if self.over or (self.steps and step <= max(self.steps)):
            raise ValueError(f"{step} cannot be logged now")
        self._append(dict(step=step, **{name: _number(metrics[name]) for name in metrics}))
        self.steps.append(step)

    def finish(self):
        if self.over:
            return
        self._append({"finish": self.steps[-1] if self.steps else None})
        self.over = True


def read(path):
    config, points, session, begins = {}, [], 0, {}
    with open(path, "rb") as file:
        for raw in file:
            if not raw.endswith(b"\n"):
                continue
            line = json.loads(raw)
            if "init" in line:
                config |= line["init"]
                session += 1
            if "step" in line:
                begins.setdefault(session, line["step"])
                points += [(session, line["step"], name, line[name]) for name in line if name != "step"]
    curves = {}
    for number, step, name, value in points:
        if all(step < begins[later] for later in begins if later > number):
            curves.setdefault(name, []).append((step, value))
    return config, curves


def differences(configs):
    found = {}
    for config in configs.values():
        for setting in config:
            values = [other.get(setting) for other in configs.values()]
            if values.count(values[0]) != len(values):
                found[setting] = dict(zip(configs, values))
    return found


class Trainer:
    def __init__(self, model, optimizer, X, y, batch_size, generator):
        self.model, self.optimizer, self.generator = model, optimizer, generator
        self.X, self.y, self.batch_size = X, y, batch_size
        self.waiting, self.step = [], 0

    def advance(self, steps, run=None):
        for _ in range(steps):
            if not self.waiting:
                order = torch.randperm(self.X.shape[0], generator=self.generator)
                self.waiting = list(order.split(self.batch_size))
            rows = self.waiting.pop(0)
            self.model.train()
            self.model.zero_grad()
            loss = -F.log_softmax(self.model(self.X[rows]), 1)[range(len(rows)), self.y[rows]].mean()
            loss.backward()
            self.optimizer.step()
            self.step += 1
            if run:
                run.log(self.step, loss=loss.item())

    def save(self, path):
        held = [self.model.state_dict(), self.optimizer.state_dict(), self.waiting, self.step]
        held += [self.generator.get_state(), torch.random.get_rng_state()]
        with open(f"{path}.new", "wb") as file:
            torch.save(copy.deepcopy(held), file)
        os.replace(f"{path}.new", path)

    def resume(self, path):
        model, optimizer, waiting, step, own, general = torch.load(path, weights_only=True)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.waiting, self.step = waiting, step
        self.generator.set_state(own)
        torch.random.set_rng_state(general)
