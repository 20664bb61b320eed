"""What a probe hands over fits the reference's parameters, or is named; exchanges on purpose pass."""

from pathlib import Path

import pytest

from grader.exercise.folder import Exercise, from_files, load
from grader.proving.handed import objections

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = """
def fit(X, y, lr=0.1, steps=3):
    return X * lr + y * steps


def total(*numbers, scale=1.0):
    return sum(numbers) * scale


class Layer:
    def __init__(self, W, b):
        self.W, self.b = W, b


@staticmethod
def marked(a, b):
    return a
"""
BEGIN = "from grader.language import calls, probe, travels\n\n"
SEEN = """
@calls({1: "fit"}, visible=True)
def Seen(rng):
    "A sound one"
    return {"X": 1.0, "y": 2.0}
"""


def exercise(probes: str) -> Exercise:
    """An exercise with this `probes.py` and the reference above."""
    return from_files(
        "basics/fit",
        {
            "exercise.toml": 'title = "Fit"\nsummary = "A line."\nminutes = 1\n'
            '[[tasks]]\nid = 1\ntitle = "Fit"\nhints = ["Go."]\n',
            "task.md": "## Task 1: Fit\n",
            "starter.py": "def fit(X, y, lr=0.1, steps=3):\n    ...\n",
            "reference.py": REFERENCE,
            "probes.py": BEGIN + probes + SEEN,
        },
    )


def called(returned: str, *, function: str = "fit", more: str = "", before: str = "", above: str = "") -> str:
    """A `probes.py` with one `@calls` whose function ends with `return <returned>`."""
    marked = f'@calls({{1: "{function}"}}{more})\ndef Small(rng):\n    "A title"\n'
    return f"{above}\n{marked}{before}    return {returned}\n"


def asked(returned: str, make: str = '{"X": 1.0, "y": 2.0, "lr": 3.0}') -> str:
    """A `probes.py` with one probe whose `ask` ends with `return <returned>`."""
    return (
        "\n@probe(task=1)\nclass Small:\n"
        f"    def make(rng):\n        return {make}\n"
        f"    def ask(answer, inputs):\n        return {returned}\n"
    )


@pytest.mark.parametrize(
    ("probes", "sentence"),
    [
        (
            called('{"X": 1.0, "lr": 0.5, "y": 2.0}'),
            "`make` returns X, lr, y, which `fit(X, y, lr, steps)` takes "
            "by position, so `lr` arrives as `y`. Write the keys in the order of the parameters.",
        ),
        (
            called('[{"X": 1.0, "y": 2.0}, {"y": 2.0, "X": 1.0}]'),
            "`make` returns y, X, which `fit(X, y, lr, steps)` takes "
            "by position, so `y` arrives as `X`. Write the keys in the order of the parameters.",
        ),
        (
            called('{"X": 1.0, "y": 2.0, "rate": 0.5}'),
            "`make` returns the key `rate`, and `fit(X, y, lr, steps)` has no "
            "such parameter; by its position it arrives as `lr`. "
            "Call the key `lr`, or put it where it belongs.",
        ),
        (
            called('{"X": 1.0, "y": 2.0, "lr": 0.5, "steps": 3, "seed": 1}'),
            "`make` returns the key `seed`, and `fit(X, y, lr, steps)` has no "
            "parameter for it. Leave it out, or call the function in an `ask` of your own.",
        ),
        (
            asked('answer.fit(inputs["y"], inputs["X"])'),
            "`ask` hands `inputs['y']` to `fit(X, y, lr, steps)` as `X`. "
            "Hand the arguments over in the order of the parameters; if they are exchanged on purpose, give "
            "the keys other names.",
        ),
        (
            asked('answer.fit(inputs["X"], inputs["y"], rate=inputs["lr"])'),
            "`ask` hands over `rate=`, and `fit(X, y, lr, steps)` has no such "
            "parameter. Write the name of the parameter.",
        ),
        (
            asked('answer.fit(inputs["X"], inputs["z"])'),
            '`ask` reads inputs["z"], and `make` returns no such key; it '
            "returns X, lr, y. Read one of these, or let `make` return `z`.",
        ),
        (
            asked('answer.fit(inputs["X"], inputs["_y"])', '{"X": 1.0, "_y": 2.0}'),
            '`ask` reads inputs["_y"], but a key with a leading underscore '
            "stays in the author's box. Call it otherwise, in `make`, too.",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_sentence(probes, sentence):
    assert objections(exercise(probes)) == [f"basics/fit/probes.py:5: probe `Small`: {sentence}"]


THROUGH = "@travels\ndef exchanged(y, X):\n    return X, y\n"


@pytest.mark.parametrize(
    "probes",
    [
        called('dict(X=1.0, steps=2, y=2.0)'),
        called('{"y": 2.0, **rest}', before='    rest = {"X": 1.0}\n'),
        called('{"y": 1.0} | {"X": 1.0}'),
        called('made + [{"y": 1.0, "X": 2.0}]', before='    made = [{"X": 1.0, "y": 2.0}]\n'),
        called("some(rng)", above='def some(rng):\n    return {"y": 2.0, "X": 1.0}\n'),
        called('{name: n * 1.0 for name, n in (("y", 1), ("X", 2))}'),
        called('{name: value * 2 for name, value in some(rng).items()}',
               above='def some(rng):\n    return {"y": 2.0, "X": 1.0}\n'),
        called('{"X": 1.0, "y": 2.0}',
               before='    if rng.random() < 0.5:\n        return {"y": 2.0, "X": 1.0}\n'),
        called('{"b": 2.0, "W": 1.0}', function="Layer"),
        called('{"y": 2.0, "X": 1.0}', more=", attempt=True"),
        called('{"X": 2.0, "y": 1.0}', more=", through=exchanged", above=THROUGH),
    ],
)  # fmt: skip
def test_the_order_is_seen_however_the_dict_is_made(probes):
    (found,) = objections(exercise(probes))
    assert "Write the keys in the order of the parameters." in found


@pytest.mark.parametrize(
    "probes",
    [
        called('{"X": 1.0, "y": 2.0}'),
        called('{"X": 1.0, "y": 2.0, "lr": 0.5, "steps": 3}'),
        called('{"X": 1.0, "yb": 2.0, "l": 0.5}'),  # short for their parameters
        called('{"a": 1.0, "b": 2.0, "c": 3.0}', function="total"),
        called('{"b": 1.0, "a": 2.0}', function="marked"),  # what a decorator makes of it nobody reads
        called('{"y": 2.0, "X": 1.0}', more=", through=exchanged", above=THROUGH),
        called("made", before='    made = {"X": 1.0}\n    made["y"] = 2.0\n    made["lr"] = 1.0\n'),
        called("made",
               before='    made = [{"y": 1.0}]\n    for one in made:\n        one["X"] = one.pop("y")\n'),
        asked('answer.fit(inputs["X"], inputs["X"])'),
        asked('answer.fit(inputs["X"], inputs["y"], steps=2)'),
        asked('answer.fit(inputs["first"], inputs["second"])', '{"first": 1.0, "second": 2.0}'),
        asked("answer.fit(*inputs.values())", '{"_why": 1, "X": 1.0, "y": 2.0}'),
        asked('answer.unknown(inputs["y"], inputs["X"])'),
        asked('answer.fit(y=inputs["y"], X=inputs["X"])'),
        asked('answer.fit(inputs["X"], inputs["y"])', '{name: 1.0 for name in str(rng)}'),
        asked('answer.total(inputs["X"], inputs["y"], scale=inputs["lr"])'),
    ],
)  # fmt: skip
def test_what_fits_or_cannot_be_read_is_left_alone(probes):
    assert objections(exercise(probes)) == []


def test_one_line_is_told_once_whatever_number_of_probes_it_makes():
    probes = called('{"y": 2.0, "X": 1.0}').replace('{1: "fit"}', '{1: "fit", 2: "fit"}')
    files = dict(exercise(called('{"X": 1.0, "y": 2.0}')).files)
    files["exercise.toml"] += '[[tasks]]\nid = 2\ntitle = "Again"\nhints = ["Go."]\n'
    files["task.md"] += "## Task 2: Again\n"
    made = from_files("basics/fit", files | {"probes.py": BEGIN + probes + SEEN})
    assert [probe.name for probe in made.probes] == ["Small1", "Seen", "Small2"]
    assert len(objections(made)) == 1


def test_no_shipped_exercise_is_objected_to():
    folders = sorted(path.parent for path in (ROOT / "exercises").glob("*/*/exercise.toml"))
    assert len(folders) > 70
    assert [sentence for folder in folders for sentence in objections(load(folder))] == []


SPREADS = "".join(
    f"def w{i}(rng):\n    return {{{', '.join(f'**w{j}(rng)' for j in range(14))}}}\n\n\n" for i in range(14)
)
LISTS = "".join(f"def w{i}(rng):\n    return {' + '.join([f'w{i + 1}(rng)'] * 4)}\n\n\n" for i in range(9))
MANY = "def w0(rng):\n" + "    a = {}\n    b = dict(y=a)\n" * 1000 + "    return b\n\n\n"
NONE = "def w0(rng):\n    return {k: 1 for () in [()]}\n\n\n"


@pytest.mark.parametrize("helpers", [SPREADS, LISTS, MANY, NONE])
def test_what_would_take_for_ever_to_follow_is_left_alone(helpers: str) -> None:
    made = '@probe(task=1)\nclass Odd:\n    "Odd"\n\n    def make(rng):\n        return w0(rng)\n\n'
    asks = '    def ask(answer, inputs):\n        return answer.fit(inputs["X"], inputs["y"])\n\n\n'
    assert objections(exercise(helpers + made + asks)) == []  # and not that it cannot be read
