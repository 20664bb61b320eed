"""What the run tracker of a box tells: drawings of every kind, thinned, bounded, and always the last one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.grading.drawings import drawing
from grader.sandbox.cells import DRAWING, METRIC, CellRun
from tests.boxes.conftest import Use

BEGIN = "import numpy as np\nimport tracker\nrng = np.random.default_rng(0)\n"


def told(run: CellRun) -> list[dict[str, Any]]:
    """The drawings that a cell told, each of which the grader would show."""
    assert run.error is None, run.error
    found = [json.loads(display.data) for display in run.displays if display.mime == DRAWING]
    assert all(drawing(each) is not None for each in found)
    return found


def test_a_histogram_counts_values_and_dead_units(use: Use) -> None:
    source = "a = rng.normal(size=(50, 8))\na[:, :2] = 0\na[0, 3] = np.nan\ntracker.histogram(7, fc1=a)"
    [it] = told(use.once(BEGIN + source))
    assert (it["kind"], it["name"], it["step"]) == ("histogram", "fc1", 7)
    assert (it["dead"], it["odd"], it["total"], len(it["counts"])) == (0.25, 1, 400, 32)
    assert sum(it["counts"]) == 399
    assert it["low"] < 0 < it["high"]


def test_units_may_lie_on_another_axis_and_a_constant_has_a_range(use: Use) -> None:
    source = (
        "a = rng.normal(size=(4, 3, 5, 5))\na[:, 1] = 0\ntracker.histogram(0, conv=a, axis=1)\n"
        "tracker.histogram(0, flat=np.ones(5))\ntracker.histogram(0, gone=np.full(3, np.inf))"
    )
    conv, flat, gone = told(use.once(BEGIN + source))
    assert conv["dead"] == 0.3333
    assert flat["low"] < 1 < flat["high"]
    assert flat["dead"] is None
    assert (gone["counts"], gone["odd"]) == ([], 3)


def test_a_matrix_is_rounded_averaged_and_named(use: Use) -> None:
    source = (
        "w = np.array([[0.123456, -1e-9], [np.nan, -np.inf]])\n"
        "tracker.heat(1, {'layer 1': w}, rows=['a', 'b'], columns=['c', 'd'])\n"
        "tracker.heat(1, large=np.arange(130 * 70.0).reshape(130, 70), vector=[1, 2, 3])"
    )
    small, large, vector = told(use.once(BEGIN + source))
    assert small["rows"] == [[0.123, -1e-09], ["nan", "-inf"]]
    assert (small["row_names"], small["column_names"]) == (["a", "b"], ["c", "d"])
    assert (len(large["rows"]), len(large["rows"][0]), large["shape"]) == (64, 64, [130, 70])
    cells = [cell for row in large["rows"] for cell in row]
    assert abs(sum(cells) / len(cells) - (130 * 70 - 1) / 2) < 60  # blocks are averaged, not picked
    assert vector["rows"] == [[1.0, 2.0, 3.0]]


def test_a_causal_matrix_says_so_and_is_square(use: Use) -> None:
    source = "tracker.heat(1, {'head': np.eye(3)}, causal=True, plain=np.eye(2))"
    head, plain = told(use.once(BEGIN + source))
    assert (head["causal"], plain["causal"]) == (True, True)
    assert drawing(head) == head
    assert "causal" not in told(use.once(BEGIN + "tracker.heat(1, head=np.eye(3))"))[0]


def test_a_field_an_image_and_a_graph(use: Use) -> None:
    source = (
        "X = rng.normal(size=(400, 2))\n"
        "tracker.field(2, box=(-2, 2, -1, 1), points=X, labels=X[:, 0] > 0, plane=np.zeros((48, 48)))\n"
        "tracker.images(2, digits=rng.random((30, 28, 28)), one=np.eye(3))\n"
        "tracker.graph(2, {'x': (3, 4), 'y': '(3, 2)'}, [('x', 'y')], wrong=['x'])"
    )
    field, digits, one, graph = told(use.once(BEGIN + source))
    assert (field["box"], len(field["points"]), len(field["rows"])) == ([-2, 2, -1, 1], 300, 48)
    assert {point[2] for point in field["points"]} == {0.0, 1.0}
    assert (len(digits["images"]), digits["total"], digits["shape"]) == (16, 30, [28, 28])
    assert len(digits["images"][0]) == 16
    assert one["images"] == [[[1, 0, 0], [0, 1, 0], [0, 0, 1]]]
    assert graph["nodes"][0] == {"id": "x", "label": "(3, 4)", "wrong": True}


def test_a_fast_loop_sends_few_frames_and_always_the_last(use: Use) -> None:
    source = (
        "import time\nw = np.zeros((64, 64))\nuntil = time.monotonic() + 1.2\nstep = 0\n"
        "while time.monotonic() < until:\n"
        "    step += 1\n    w += 1e-3\n    tracker.heat(step, w=w)\n    tracker.histogram(step, h=w)\n"
        "print(step, float(w[0, 0]))"
    )
    run = use.once(BEGIN + source, output_kb=256)
    steps, last = run.stdout.split()
    frames = told(run)
    for name in ("w", "h"):
        mine = [each for each in frames if each["name"] == name]
        assert 3 <= len(mine) <= 14
        assert mine[-1]["step"] == int(steps)
    assert frames[0]["rows"][0][0] == 0.001  # what was drawn later is what it was then
    newest = [each for each in frames if each["name"] == "w"][-1]
    assert newest["rows"][0][0] == pytest.approx(float(last), rel=1e-2)


def test_all_frames_of_a_run_are_bounded_whatever_is_asked(use: Use) -> None:
    source = (
        "tracker.FRAME_SECONDS = 0\nfor step in range(400):\n"
        "    tracker.heat(step, w=rng.normal(size=(64, 64)))\n    tracker._frames.clear()"
    )
    run = use.once(BEGIN + source, output_kb=256)
    frames = told(run)
    assert len(frames) <= 200
    assert sum(len(json.dumps(each)) for each in frames) <= 1_000_000
    assert run.end.value == "finished"


def test_how_a_run_was_made_is_told(use: Use) -> None:
    source = "tracker.init(lr=np.float32(0.5), act='relu', on=True, odd=float('nan'), many=[1, 2])"
    run = use.once(BEGIN + source)
    [display] = [each for each in run.displays if each.mime == METRIC]
    told_config = json.loads(display.data)["config"]
    assert told_config == {"lr": 0.5, "act": "relu", "on": True, "odd": "nan", "many": "[1, 2]"}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("tracker.heat(1, w=np.zeros((2, 2, 2)))", "heat: w has 3 axes; a matrix has two"),
        ("tracker.heat(1, w=np.zeros((2, 3)), causal=True)", "a causal one is square"),
        ("tracker.histogram(1, w=[])", "there are no values to draw"),
        ("tracker.images(1, w=np.zeros(3))", "images: w has 1 axes"),
        ("tracker.histogram(1, w=np.zeros(4_000_001))", "too many to draw"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_sentence(use: Use, call: str, says: str) -> None:
    run = use.once(BEGIN + call)
    assert run.error is not None
    assert (run.error.type, run.error.line) == ("ValueError", 4)
    assert says in run.error.message
