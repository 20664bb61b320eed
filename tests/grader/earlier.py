"""A course of three small exercises: 02-twice uses 01-clipped, 03-total uses 02-twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grader.exercise.folder import Exercise, from_files

FIRST, SECOND, THIRD = "04-chain/01-clipped", "04-chain/02-twice", "04-chain/03-total"


def _toml(title: str, more: str = "") -> str:
    return f"""
title = "{title}"
summary = "{title}."
minutes = 1
{more}
[limits]
seconds = 2
probe_seconds = 2
[[tasks]]
id = 1
title = "{title}"
hints = ["Look at the starter."]
"""


def _probes(function: str) -> str:
    return f"""
from grader.language import probe

@probe(task=1, visible=True, seeds=1)
class Seen:
    "A row of numbers"
    def make(rng):
        return {{"x": rng.normal(size=5) * 10}}
    def ask(answer, inputs):
        return answer.{function}(inputs["x"])

@probe(task=1, seeds=2)
class Hidden:
    "A table of numbers"
    def make(rng):
        return {{"x": rng.normal(size=(3, 5)) * 10}}
    def ask(answer, inputs):
        return answer.{function}(inputs["x"])
"""


def _mutants(old: str, news: list[str]) -> str:
    return "".join(
        f'[[mutant]]\nname = "m{n}"\ntasks = [1]\ntell = "Mistake {n}."\nreplace = "{old}"\nwith = "{new}"\n'
        for n, new in enumerate(news)
    )


_ARRAYS = "import numpy as np\n\n\n"
CLIPPED = _ARRAYS + "def clipped(x):\n    return np.minimum(np.maximum(x, -LIMIT), LIMIT)\n"
TWICE = "from mylib.clipped import clipped\n\n\ndef twice(x):\n    return clipped(2 * x)\n"
TOTAL = "from mylib.twice import twice\n\n\ndef total(x):\n    return twice(x).sum(axis=-1)\n"

COURSE: dict[str, dict[str, str]] = {
    FIRST: {
        "exercise.toml": _toml("Clipped") + '[forbidden]\nnames = ["numpy.clip"]\n',
        "task.md": "## Task 1: Clipped\n",
        "starter.py": "def clipped(x):\n    ...\n",
        "given.py": "LIMIT = 8.0\n",
        "reference.py": CLIPPED,
        "probes.py": _probes("clipped"),
        "alternatives/signs.py": '"""By signs."""\n'
        + _ARRAYS
        + "def clipped(x):\n    return np.sign(x) * np.minimum(abs(x), LIMIT)\n",
        "alternatives/where.py": '"""By where."""\n'
        + _ARRAYS
        + "def clipped(x):\n    return np.where(abs(x) > LIMIT, LIMIT * np.sign(x), x)\n",
        "mutants.toml": _mutants(
            "np.minimum(np.maximum(x, -LIMIT), LIMIT)",
            ["x", "x * 0", "np.minimum(x, LIMIT)", "np.maximum(x, -LIMIT)", "x + LIMIT", "-x"],
        ),
    },
    SECOND: {
        "exercise.toml": _toml("Twice", f'uses = ["{FIRST}"]') + '[forbidden]\nnames = ["numpy.minimum"]\n',
        "task.md": "## Task 1: Twice\n",
        "starter.py": "from mylib.clipped import clipped\n\n\ndef twice(x):\n    ...\n",
        "reference.py": TWICE,
        "probes.py": _probes("twice"),
        "alternatives/added.py": '"""Added."""\n' + TWICE.replace("2 * x", "x + x"),
        "alternatives/module.py": '"""The module."""\nimport mylib.clipped\n\n\n'
        "def twice(x):\n    return mylib.clipped.clipped(x - -x)\n",
        "mutants.toml": _mutants(
            "clipped(2 * x)",
            ["2 * clipped(x)", "clipped(x)", "x", "x * 0", "clipped(3 * x)", "clipped(-2 * x)"],
        ),
    },
    THIRD: {
        "exercise.toml": _toml("Total", f'uses = ["{SECOND}"]'),
        "task.md": "## Task 1: Total\n",
        "starter.py": "from mylib.twice import twice\n\n\ndef total(x):\n    ...\n",
        "reference.py": TOTAL,
        "probes.py": _probes("total"),
        "alternatives/method.py": '"""A function."""\nimport numpy as np\n'
        + TOTAL.replace("twice(x).sum(", "np.sum(twice(x), "),
        "alternatives/product.py": '"""A product."""\nimport numpy as np\n'
        + TOTAL.replace("twice(x).sum(axis=-1)", "twice(x) @ np.ones(x.shape[-1])"),
        "mutants.toml": _mutants(
            "twice(x).sum(axis=-1)",
            [
                "twice(x)",
                "x.sum(axis=-1)",
                "twice(x).mean(axis=-1)",
                "twice(x).sum()",
                "x * 0",
                "twice(x).max(axis=-1)",
            ],
        ),
    },
}


def course(**changes: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The course with some files of `first`, `second` or `third` replaced."""
    names = {"first": FIRST, "second": SECOND, "third": THIRD}
    new = {names[key]: files for key, files in changes.items()}
    return {name: {**files, **new.get(name, {})} for name, files in COURSE.items()}


def exercise(name: str, files: Mapping[str, Mapping[str, str]] = COURSE) -> Exercise:
    return from_files(name, files[name], files.get)


def written(where: Path) -> Path:
    """The same as folders below a folder of the course."""
    for name, files in COURSE.items():
        for path, text in files.items():
            file = where / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return where
