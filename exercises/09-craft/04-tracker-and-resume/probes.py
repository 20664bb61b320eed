"""Lines of a run after every call, sessions laid over each other, training that was cut at every place."""

import json
import os
import tempfile

import numpy as np
import torch
import torch.nn.functional as F
from probing import state

from grader.language import EXACT, T64n, calls, probe, travels

# ---- a tracker -----------------------------------------------------------------------------------------


@travels
def strict(text):
    """The lines of a file as JSON, in which NaN and Infinity do not exist; and whether a newline ends it."""

    def refuse(word):
        raise ValueError(f"{word} is not JSON")

    lines = [json.loads(line, parse_constant=refuse) for line in text.split("\n") if line]
    return [lines, text.endswith("\n")]


@travels
def as_kind(kind, value):
    """The same number as another kind of object."""
    if kind == "tensor":
        return torch.tensor(value, dtype=torch.float64)
    if kind == "learning":
        return torch.tensor(value, dtype=torch.float64, requires_grad=True) * 1
    if kind == "numpy":
        return np.float64(value)
    if kind == "whole":
        return np.int64(value)
    return value


@travels
def played(answer, c):
    """What stands in each of the files after every call, and which calls raised what."""
    with tempfile.TemporaryDirectory() as folder:
        runs, found, raised = {}, [], []
        paths = {name: os.path.join(folder, name + ".jsonl") for name in ("a", "b")}
        for name, text in c["before"].items():
            with open(paths[name], "wb") as file:
                file.write(text.encode().removesuffix(b"\xa9"))  # a last é is torn, too
        for which, call, *more in c["script"]:
            numbers = {name: as_kind(*pair) for name, pair in more[-1].items()} if more else {}
            try:
                if call == "init":
                    runs[which] = answer.Run.init(paths[which], **numbers)
                elif call == "log":
                    runs[which].log(as_kind(*more[0]), **numbers)
                else:
                    runs[which].finish()
                raised.append("")
            except Exception as error:
                raised.append(type(error).__name__)
            with open(paths[which], encoding="utf-8", newline="") as file:
                found.append(strict(file.read()))
        for run in runs.values():
            run.finish()
        return {"file after each call": found, "raised": raised, "files": sorted(os.listdir(folder))}


def played_by_hand(c):
    files, found, raised, last, over = {}, [], [], {}, {}
    for name, text in c["before"].items():
        files[name] = [json.loads(line) for line in text[: text.rfind("\n") + 1].split("\n") if line]
    for which, call, *more in c["script"]:
        numbers = {name: value for name, (_, value) in more[-1].items()} if more else {}
        for name, value in numbers.items():
            if isinstance(value, float) and not np.isfinite(value):
                numbers[name] = None
        lines, error = files.setdefault(which, []), ""
        if call == "init":
            lines.append({"init": numbers})
            last[which], over[which] = None, False
        elif call == "log":
            step = more[0][1]
            if over[which] or (last[which] is not None and step <= last[which]):
                error = "ValueError"
            else:
                lines.append({"step": step} | numbers)
                last[which] = step
        elif not over[which]:
            lines.append({"finish": last[which]})
            over[which] = True
        found.append([list(lines), True])
        raised.append(error)
    return {
        "file after each call": found,
        "raised": raised,
        "files": sorted(f"{name}.jsonl" for name in files),
    }


def py(value):
    return ["python", value]


def some(rng):
    return round(float(rng.standard_normal()), 6)


@calls({1: played}, truth=played_by_hand, visible=True, seeds=1, tolerance=EXACT)
def OneRun(rng):
    "a run of three steps: the file after each call"
    script = [["a", "init", {"lr": py(0.1), "name": py("first")}]]
    script += [["a", "log", py(step), {"loss": py(some(rng))}] for step in (1, 2, 5)]
    return {"before": {}, "script": [*script, ["a", "finish"]]}


def long_script(rng):
    """Two runs in turns, steps that do not rise, calls after the end, a second session in the same file."""
    steps = np.cumsum(rng.integers(1, 4, 6)).tolist()
    first = {"lr": py(some(rng)), "width": ["whole", 8], "name": py("größer, 大"), "amsgrad": py(True)}
    script = [
        ["a", "init", first],
        ["b", "init", {}],
        ["a", "log", py(steps[0]), {"loss": py(some(rng)), "right": py(3)}],
        ["b", "log", py(steps[3]), {"loss": ["numpy", some(rng)]}],
        ["a", "log", ["whole", steps[1]], {"loss": ["tensor", some(rng)]}],
        ["a", "log", py(steps[1]), {"loss": py(some(rng))}],
        ["a", "log", py(steps[0]), {"loss": py(some(rng))}],
        ["a", "log", py(steps[2]), {"loss": ["learning", some(rng)], "lr": ["numpy", some(rng)]}],
        ["b", "log", py(steps[1]), {"loss": py(some(rng))}],
        ["b", "log", py(steps[4]), {}],
        ["a", "finish"],
        ["a", "finish"],
        ["a", "log", py(steps[5]), {"loss": py(some(rng))}],
        ["b", "log", py(steps[5]), {"text": py("ok"), "nothing": py(None)}],
        ["a", "init", {"lr": py(some(rng))}],
        ["a", "log", py(steps[1]), {"loss": py(some(rng))}],
        ["b", "finish"],
        ["a", "finish"],
    ]
    return {"before": {}, "script": script}


@calls({1: played}, truth=played_by_hand, points=2, tolerance=EXACT)
def TwoRunsInTurns(rng):
    "two runs in turns, steps that do not rise, calls after the end, a second session; numbers of all kinds"
    return long_script(rng)


@calls({1: played}, truth=played_by_hand, points=2, kind="edge", tolerance=EXACT)
def OddNumbersAndOldFiles(rng):
    "numbers that are not finite, step 0, a run without steps, files that were there already and torn ones"
    old = json.dumps({"init": {"lr": some(rng)}}) + "\n" + json.dumps({"step": 4, "loss": some(rng)}) + "\n"
    nan, inf = float("nan"), float("inf")
    odd = [
        ["a", "init", {"lr": py(inf), "p": py(0.0)}],
        ["a", "log", py(0), {"loss": py(nan), "other": py(some(rng))}],
        ["a", "log", py(1), {"loss": ["tensor", inf], "other": ["numpy", -inf]}],
        ["a", "log", py(2), {"loss": ["learning", nan]}],
        ["a", "finish"],
    ]
    empty = [["a", "init", {"width": py(3)}], ["a", "finish"], ["a", "finish"]]
    again = [["a", "init", {}], ["a", "log", py(2), {"loss": py(some(rng))}], ["a", "finish"]]
    zero = [
        ["a", "init", {}],
        *(["a", "log", py(n), {"loss": py(some(rng))}] for n in (0, 0, -1)),
        ["a", "finish"],
    ]
    return [
        {"before": {}, "script": odd},
        {"before": {}, "script": zero},
        {"before": {}, "script": empty},
        {"before": {"a": old}, "script": again},
        {"before": {"a": old + '{"step": 5, "lo'}, "script": again},
        {"before": {"a": '{"init'}, "script": again},
        {"before": {"a": old + '{"init": {"name": "é'}, "script": again},
        {"before": {"a": ""}, "script": [["a", "init", {}], ["a", "log", py(-3), {"loss": py(1)}]]},
    ]


@travels
def read_back(answer, c):
    with tempfile.TemporaryDirectory() as folder:
        path, data = os.path.join(folder, "run.jsonl"), c["text"].encode().removesuffix(b"\xa9")
        with open(path, "wb") as file:
            file.write(data)
        config, curves = answer.read(path)
        with open(path, "rb") as file:
            left = file.read() == data
    curves = {name: [[step, value] for step, value in points] for name, points in curves.items()}
    return {"config": config, "curves": curves, "file as it was": left}


def sessions_of(text):
    """The whole lines of a file, session by session."""
    found = []
    for line in map(json.loads, text.split("\n")[:-1]):
        if "init" in line:
            found.append({"config": line["init"], "steps": []})
        elif "step" in line:
            found[-1]["steps"].append([line["step"], {n: v for n, v in line.items() if n != "step"}])
    return found


def read_by_hand(c):
    config, curves, sessions = {}, {}, sessions_of(c["text"])
    for number, session in enumerate(sessions):
        config |= session["config"]
        firsts = [later["steps"][0][0] for later in sessions[number + 1 :] if later["steps"]]
        for step, metrics in session["steps"]:
            if all(step < first for first in firsts):
                for name, value in metrics.items():
                    curves.setdefault(name, []).append([step, value])
    return {"config": config, "curves": curves, "file as it was": True}


def written(sessions, torn=""):
    lines = []
    for session in sessions:
        lines.append({"init": session["config"]})
        lines += [{"step": step} | metrics for step, metrics in session["steps"]]
        if session["finished"]:
            lines.append({"finish": session["steps"][-1][0] if session["steps"] else None})
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return {"text": text + torn}


def session(rng, steps, finished=False, names=("loss", "val_loss"), **config):
    told = []
    for step in steps:
        some_names = [name for name in names if name == names[0] or rng.random() < 0.5]
        told.append([int(step), {name: some(rng) for name in some_names}])
    return {"config": config, "steps": told, "finished": finished}


@calls({2: read_back}, truth=read_by_hand, visible=True, seeds=2, tolerance=EXACT)
def OneSession(rng):
    "a run that finished, and one that was killed and went on from an older step"
    first = session(rng, (1, 2, 3, 4), True, lr=0.1)
    return [written([first]), written([first, session(rng, (3, 4, 5), lr=0.05)])]


@calls({2: read_back}, truth=read_by_hand, points=3, tolerance=EXACT)
def ManySessions(rng):
    "sessions that go back a little, far, not at all; gaps, torn lines and letters, sessions without steps"
    gap = session(rng, (1, 2, 3))
    gap["steps"][1][1]["loss"] = None
    only = {"config": {"lr": 1}, "steps": [[2, {"early": 0.5}], [6, {"late": some(rng)}]], "finished": False}
    return [
        written([session(rng, (1, 2, 4, 7), lr=0.1, name="大\u2028"), session(rng, (4, 5), True, p=0.5)]),
        written([session(rng, (1, 3, 5, 7)), session(rng, (4, 6, 8)), session(rng, (5, 9), True)]),
        written([session(rng, (3, 4, 5)), session(rng, (1, 2)), session(rng, (7, 8))]),
        written([session(rng, (0, 1, 2), True), session(rng, (3, 4), True, names=("loss", "other"))]),
        written([session(rng, (1, 2, 3), a=1), session(rng, (), b=2), session(rng, (2,), a=None)]),
        written([gap], '{"step": 4, "loss": 0.25}'),
        written([gap, only | {"steps": [[2, {}], *only["steps"][1:]]}], '{"init": {"name": "é'),
        written([session(rng, (5, 6), True)], '{"init": {"lr": 7'),
        written([only, session(rng, (3, 4), names=("loss",))]),
        written([session(rng, (1, 2)), session(rng, (1,), names=("other",))]),
        written([session(rng, (), width=4)]),
    ]


def configs(rng, runs=3):
    settings = ["lr", "width", "name", "p", "bias"]
    made = {}
    for run in "abcd"[:runs]:
        full = {
            "lr": float(rng.choice([0.1, 0.2])),
            "width": int(rng.choice([8, 16])),
            "name": str(rng.choice(["x", "y"])),
            "p": 0.5,
            "bias": bool(rng.random() < 0.5),
        }
        made[run] = {name: full[name] for name in settings if rng.random() < 0.8}
    return {"configs": made}


@calls({2: "differences"}, visible=True, seeds=2, tolerance=EXACT)
def Differences(rng):
    "where two configs differ"
    return configs(rng, 2)


def differ_by_hand(configs):
    found = {}
    for setting in {name for config in configs.values() for name in config}:
        values = [config[setting] if setting in config else None for config in configs.values()]
        if any(one is not values[0] and one != values[0] for one in values):
            found[setting] = dict(zip(configs, values, strict=True))
    return found


@calls({2: "differences"}, truth=differ_by_hand, points=1, seeds=4, tolerance=EXACT)
def MoreDifferences(rng):
    "where up to four configs differ; equal ones, empty ones, a single one"
    same = configs(rng, 1)["configs"]["a"]
    return [
        configs(rng, 4),
        configs(rng, 3),
        configs(rng, 3),
        {"configs": {"a": same, "b": dict(same)}},
        {"configs": {"a": {}, "b": {"lr": 0.5, "p": None}, "c": {}}},
        {"configs": {"a": {"lr": 0.5}, "b": {"lr": 0.5}, "c": {"lr": 0.25}}},
        {"configs": {"a": {"name": "1", "width": 4}, "b": {"name": 1, "width": 4}}},
        {"configs": {"a": {"p": 1}, "b": {"p": 1.0}, "c": {"p": True}}},
        {"configs": {"only": same}},
    ]


# ---- training ----------------------------------------------------------------------------------------------


@travels
class Net(torch.nn.Module):
    """Two layers with a normalisation and a dropout between them, or without both."""

    def __init__(self, w, p):
        super().__init__()
        self.first, self.last = torch.nn.Linear(5, 6), torch.nn.Linear(6, 3)
        self.norm = torch.nn.BatchNorm1d(6) if p else torch.nn.Identity()
        self.drop = torch.nn.Dropout(p)
        self.double().load_state_dict({name: torch.tensor(array) for name, array in w.items()}, strict=False)

    def forward(self, x):
        return self.last(self.drop(torch.tanh(self.norm(self.first(x)))))


@travels
def begun(c, w, seeds):
    """(a model, an optimizer, the rows, a generator) with these weights and seeds."""
    model = Net(w, c["p"])
    kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.AdamW}
    more = {"momentum": 0.9} if c["kind"] == "sgd" else {"weight_decay": 0.1}
    lr = c["lr"] * (1 if seeds is c["seeds"] else 3)
    optimizer = kinds[c["kind"]](model.parameters(), lr=lr, **more)
    torch.manual_seed(seeds[1])
    return (
        model,
        optimizer,
        torch.tensor(c["X"]),
        torch.tensor(c["y"]),
        torch.Generator().manual_seed(seeds[0]),
    )


@travels
class Recorder:
    """Stands for a run: notes down what is logged."""

    def __init__(self):
        self.told = []

    def log(self, step, **metrics):
        numbers = {name: getattr(value, "item", lambda: value)() for name, value in metrics.items()}
        self.told.append([int(step), numbers])


@travels
def told(model, trainer, record):
    return {"state_dict": state(model), "step": trainer.step, "logged": record.told}


@travels
def straight(answer, c):
    """All steps in one program, in several calls, each from evaluation mode; at first with old gradients."""
    model, optimizer, X, y, generator = begun(c, c["w"], c["seeds"])
    for parameter in model.eval().parameters():
        parameter.grad = torch.full_like(parameter, 3.0)
    trainer, record = answer.Trainer(model, optimizer, X, y, c["batch_size"], generator), Recorder()
    before = trainer.step
    for steps in c["parts"]:
        model.eval()
        trainer.advance(steps, record)
    return {"step at first": before, "training": model.training} | told(model, trainer, record)


def straight_by_hand(c):
    """One loop, and nothing else: orders, batches, steps."""
    model, optimizer, X, y, generator = begun(c, c["w"], c["seeds"])
    logged, rest = [], []
    for step in range(1, sum(c["parts"]) + 1):
        if not rest:
            rest = torch.randperm(len(X), generator=generator).tolist()
        rows, rest = rest[: c["batch_size"]], rest[c["batch_size"] :]
        optimizer.zero_grad()
        loss = F.cross_entropy(model.train()(X[rows]), y[rows])
        loss.backward()
        optimizer.step()
        logged.append([step, {"loss": loss.item()}])
    return {
        "step at first": 0,
        "training": True,
        "state_dict": state(model),
        "step": len(logged),
        "logged": logged,
    }


def training(rng, N=8, batch_size=3, kind="adam", p=0.4, parts=(4, 1, 0, 5), **more):
    def weights():
        w = {"first.weight": (6, 5), "first.bias": (6,), "last.weight": (3, 6), "last.bias": (3,)}
        return {name: rng.standard_normal(shape) for name, shape in w.items()}

    return {
        "w": weights(),
        "other": weights(),
        "X": rng.standard_normal((N, 5)),
        "y": rng.integers(0, 3, N),
        "batch_size": batch_size,
        "kind": kind,
        "p": p,
        "lr": float(rng.uniform(0.02, 0.1)),
        "seeds": [int(n) for n in rng.integers(2**31, size=2)],
        "other_seeds": [int(n) for n in rng.integers(2**31, size=2)],
        "parts": list(parts),
    } | more


@calls({3: straight}, truth=straight_by_hand, visible=True, seeds=2, tolerance=T64n)
def Straight(rng):
    "ten steps in four calls, without a stop"
    return training(rng)


@calls({3: straight}, truth=straight_by_hand, points=2, seeds=2, tolerance=T64n)
def StraightOthers(rng):
    "batches that come out even, that are larger than the data, that have one row; two optimizers"
    return [
        training(rng, N=6, batch_size=3, parts=(7,)),
        training(rng, N=7, batch_size=3, kind="sgd", p=0.0, parts=(2, 6)),
        training(rng, N=5, batch_size=9, parts=(1, 3)),
        training(rng, N=4, batch_size=1, kind="sgd", p=0.0, parts=(6, 0, 3)),
        training(rng, N=8, batch_size=3, kind="sgd", parts=(1, 1, 1, 1, 1)),
    ]


@travels
def resumed(answer, c):
    """Cut at each place: steps, save, more steps for nothing; a new trainer with other weights and seeds
    takes steps of its own, resumes from the file, which was moved, and goes on. The bits are compared with a
    run of the same Trainer that was never cut."""
    model, optimizer, X, y, generator = begun(c, c["w"], c["seeds"])
    trainer, whole = answer.Trainer(model, optimizer, X, y, c["batch_size"], generator), Recorder()
    trainer.advance(sum(c["parts"]), whole)
    bits = told(model, trainer, whole)
    found = []
    for cut in c["cuts"]:
        with tempfile.TemporaryDirectory() as folder:
            path, moved = os.path.join(folder, "state.pt"), os.path.join(folder, "elsewhere")
            old_model, *old = begun(c, c["w"], c["seeds"])
            record, old_trainer = Recorder(), None
            old_trainer = answer.Trainer(old_model, old[0], X, y, c["batch_size"], old[-1])
            old_trainer.advance(cut // 2, record)
            old_model.eval()
            old_trainer.save(path)
            modes = [part.training for part in old_model.modules()]
            old_trainer.advance(cut - cut // 2, record)
            old_model.train().drop.eval()
            old_trainer.save(path)
            modes += [part.training for part in old_model.modules()]
            old_trainer.advance(2)
            files = sorted(os.listdir(folder))
            os.rename(path, moved)
            model, *rest = begun(c, c["other"], c["other_seeds"])
            trainer = answer.Trainer(model, rest[0], X, y, c["batch_size"], rest[-1])
            trainer.advance(c["own"])
            trainer.resume(moved)
            step = trainer.step
            trainer.advance(sum(c["parts"]) - cut, record)
        now = told(model, trainer, record)
        same = now["logged"] == bits["logged"] and all(
            np.array_equal(now["state_dict"][name], array) for name, array in bits["state_dict"].items()
        )
        more = {"step after resume": step, "same bits": same, "files": files, "modes after saves": modes}
        found.append(now | more)
    return found


def resumed_by_hand(c):
    whole = straight_by_hand(c)
    kept = {name: whole[name] for name in ("state_dict", "step", "logged")}
    kept |= {
        "same bits": True,
        "files": ["state.pt"],
        "modes after saves": [False] * 5 + [True] * 4 + [False],
    }
    return [kept | {"step after resume": cut} for cut in c["cuts"]]


@calls({3: resumed}, truth=resumed_by_hand, visible=True, seeds=1, tolerance=T64n)
def CutOnce(rng):
    "eight steps, cut after five"
    return training(rng, parts=(8,), cuts=[5], own=2)


@calls({3: resumed}, truth=resumed_by_hand, points=4, seeds=2, tolerance=T64n)
def CutEverywhere(rng):
    "training that was cut at the beginning, within epochs, between two, at the end; two optimizers"
    return [
        training(rng, parts=(11,), cuts=[0, 1, 2, 3, 4, 7, 10, 11], own=4),
        training(rng, N=10, batch_size=4, kind="sgd", parts=(9,), cuts=[1, 3, 5], own=0),
        training(rng, N=7, batch_size=3, kind="sgd", p=0.0, parts=(8,), cuts=[2, 6], own=1),
    ]


@probe(task=3, points=2, seeds=2, tolerance=T64n)
class StepHundred:
    "step 100 with a stop after step 50, and without"

    def make(rng):
        return training(rng, N=20, batch_size=6, parts=(100,), cuts=[50], own=3, lr=0.02)

    def ask(answer, inputs):
        return resumed(answer, inputs)

    def truth(inputs):
        return resumed_by_hand(inputs)


@probe(task=3, points=1, seeds=2, kind="edge", tolerance=T64n)
class FailsHalfway:
    "a save that fails halfway: the file of before is still whole; the objects are still the caller's"

    def make(rng):
        return training(rng, parts=(9,), cuts=[4], own=2, faster=float(rng.uniform(0.2, 0.3)))

    def ask(answer, inputs):
        c, record = inputs, Recorder()
        model, optimizer, X, y, generator = begun(c, c["w"], c["seeds"])
        trainer = answer.Trainer(model, optimizer, X, y, c["batch_size"], generator)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "state.pt")
            trainer.advance(4, record)
            trainer.save(path)
            optimizer.param_groups[0]["note"] = lambda: "what no file can hold"
            try:
                trainer.save(path)
            except Exception:
                pass
            model, optimizer, X, y, generator = begun(c, c["other"], c["other_seeds"])
            trainer = answer.Trainer(model, optimizer, X, y, c["batch_size"], generator)
            trainer.resume(path)
        for group in optimizer.param_groups:
            group["lr"] = c["faster"]
        trainer.advance(1, record)
        generator.manual_seed(c["seeds"][0])
        trainer.advance(4, record)
        return told(model, trainer, record)

    def truth(inputs):
        c, logged, rest = inputs, [], []
        model, optimizer, X, y, generator = begun(c, c["w"], c["seeds"])
        for step in range(1, 10):
            if step == 5:
                optimizer.param_groups[0]["lr"] = c["faster"]
            if step == 6:
                generator.manual_seed(c["seeds"][0])
            if not rest:
                rest = torch.randperm(len(X), generator=generator).tolist()
            rows, rest = rest[: c["batch_size"]], rest[c["batch_size"] :]
            optimizer.zero_grad()
            loss = F.cross_entropy(model.train()(X[rows]), y[rows])
            loss.backward()
            optimizer.step()
            logged.append([step, {"loss": loss.item()}])
        return {"state_dict": state(model), "step": 9, "logged": logged}


@probe(task=3, seeds=2, tolerance=T64n)
class LogsIntoARun:
    "training that logs into a run of yours, was cut and logs on: what the file says then"

    def make(rng):
        return training(rng, parts=(7,), cuts=[3], own=1)

    def ask(answer, inputs):
        c = inputs
        with tempfile.TemporaryDirectory() as folder:
            state_file, run_file = os.path.join(folder, "state.pt"), os.path.join(folder, "run.jsonl")
            for number, (w, seeds) in enumerate(((c["w"], c["seeds"]), (c["other"], c["other_seeds"]))):
                model, optimizer, X, y, generator = begun(c, w, seeds)
                trainer = answer.Trainer(model, optimizer, X, y, c["batch_size"], generator)
                if number:
                    trainer.resume(state_file)
                run = answer.Run.init(run_file, session=number)
                trainer.advance(3 if not number else 4, run)
                if not number:
                    trainer.save(state_file)
                    trainer.advance(2, run)
            run.finish()
            config, curves = answer.read(run_file)
        return {"config": config, "loss": [[step, value] for step, value in curves["loss"]]}

    def truth(inputs):
        logged = straight_by_hand(inputs)["logged"]
        return {"config": {"session": 1}, "loss": [[step, one["loss"]] for step, one in logged]}
