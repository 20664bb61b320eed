"""What a box asks to be drawn: exactly the expected form, bounded, printable; anything else is nothing."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.grading.drawings import CELLS, MOST_PICTURES, SIDE, config, drawing
from grader.grading.shown import MOST_DRAWINGS, MOST_DRAWN_BYTES, Shown
from grader.sandbox.cells import DRAWING, METRIC, Display

HISTOGRAM = {
    "kind": "histogram",
    "name": "fc1",
    "step": 3,
    "counts": [1, 2, 3],
    "low": -1.0,
    "high": 2.0,
    "total": 7,
    "odd": 1,
    "dead": 0.25,
    "mean": 0.5,
    "std": None,
}
HEAT = {
    "kind": "heat",
    "name": "attention",
    "step": 0,
    "rows": [[0.5, "nan"], ["inf", -2]],
    "shape": [2, 2],
    "row_names": ["the", "cat"],
    "column_names": [],
}
FIELD = {
    "kind": "field",
    "name": "boundary",
    "step": 9,
    "rows": [[0.0, 1.0]],
    "shape": [1, 2],
    "box": [-1, 1, 0, 2],
    "points": [[0.5, 0.5, 1]],
}
IMAGES = {
    "kind": "images",
    "name": "filters",
    "step": 1,
    "images": [[[0.0, 1.0], [2.0, 3.0]], [[1.0]]],
    "names": [],
    "shape": [2, 2],
    "total": 64,
}
GRAPH = {
    "kind": "graph",
    "name": "backward",
    "step": 0,
    "nodes": [{"id": "x", "label": "(3, 4)", "wrong": False}, {"id": "y", "label": "", "wrong": True}],
    "edges": [["x", "y"], ["y", "y"]],
}
ALL = [HISTOGRAM, HEAT, HEAT | {"causal": True}, FIELD, IMAGES, GRAPH]
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("told", ALL, ids=lambda told: told["kind"])
def test_what_has_the_form_is_kept(told):
    found = drawing(told)
    assert found is not None
    assert found["kind"] == told["kind"]
    assert found == drawing(json.loads(json.dumps(found)))


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        "heat",
        {},
        {"kind": "pie", "name": "x", "step": 0},
        {"kind": ["heat"], "name": "x", "step": 0},
        HEAT | {"name": 3},
        HEAT | {"step": 1.5},
        HEAT | {"step": True},
        HEAT | {"step": 2**53},
        HEAT | {"rows": []},
        HEAT | {"rows": [[]]},
        HEAT | {"rows": [[1], [1, 2]]},
        HEAT | {"rows": [["<b>"]], "row_names": []},
        HEAT | {"rows": [[1] * (SIDE + 1)], "row_names": []},
        HEAT | {"rows": [[1]] * (SIDE + 1), "row_names": []},
        HEAT | {"rows": [[10**400]], "row_names": []},
        HEAT | {"rows": [[True]], "row_names": []},
        HEAT | {"row_names": ["one"]},
        HEAT | {"row_names": [1, 2]},
        HEAT | {"causal": 1},
        HEAT | {"causal": True, "rows": [[0.5, 1.0]], "row_names": []},
        FIELD | {"box": [0, 1, 0]},
        FIELD | {"box": [1, 0, 0, 1]},
        FIELD | {"box": [0, float("nan"), 0, 1]},
        FIELD | {"points": [[0, 0]]},
        FIELD | {"points": [[0, 0, 0]] * 301},
        FIELD | {"points": [[0, 0, "x"]]},
        HISTOGRAM | {"counts": [-1]},
        HISTOGRAM | {"counts": [1.5]},
        HISTOGRAM | {"counts": [1] * (SIDE + 1)},
        HISTOGRAM | {"low": 2.0},
        HISTOGRAM | {"high": float("inf")},
        HISTOGRAM | {"dead": 1.5},
        HISTOGRAM | {"odd": None},
        IMAGES | {"images": []},
        IMAGES | {"images": [[[0.0]]] * (MOST_PICTURES + 1)},
        IMAGES | {"images": [[[0.0] * SIDE] * SIDE, [[0.0]]]},
        GRAPH | {"nodes": []},
        GRAPH | {"nodes": [GRAPH["nodes"][0]] * 2, "edges": []},
        GRAPH | {"nodes": [{"id": str(n), "label": "", "wrong": False} for n in range(65)], "edges": []},
        GRAPH | {"edges": [["x", "z"]]},
        GRAPH | {"edges": [["x"]]},
        GRAPH | {"edges": [["x", "y"]] * 257},
    ],
    ids=lambda told: json.dumps(told)[:60],
)
def test_what_has_another_form_is_no_drawing(told):
    assert drawing(told) is None


def test_texts_are_capped_and_nothing_in_them_acts():
    found = drawing(GRAPH | {"name": "\u202e" + "n" * 100})
    assert "\u202e" not in found["name"]
    assert len(found["name"]) < 60
    found = drawing(HEAT | {"row_names": ["\x00\x1b[2J", "<img src=x>"]})
    assert found["row_names"] == ["\\x00\\x1b[2J", "<img src=x>"]  # a page sets it as text


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_whatever_is_told_the_answer_is_bounded_or_nothing(told, data):
    changed = {key: data.draw(plain) if data.draw(st.booleans()) else value for key, value in told.items()}
    found = drawing(changed)
    if found is not None:
        assert len(json.dumps(found, allow_nan=False)) < 40 * CELLS


@settings(max_examples=200, deadline=None)
@given(plain)
def test_a_config_is_some_names_with_plain_values_or_nothing(told):
    found = config(told)
    if found is not None:
        assert 0 < len(found) <= 32
        assert all(type(value) in (str, bool, int, float) for value in found.values())
        json.dumps(found, allow_nan=False)


# --- how much of it ---------------------------------------------------------------------------------------


def shown():
    events = []
    return Shown(events.append), events


def test_two_hundred_frames_and_a_megabyte_are_shown_and_no_more():
    taker, events = shown()
    small = json.dumps(HEAT)
    for _ in range(MOST_DRAWINGS + 50):
        taker.show(Display(DRAWING, small))
    assert len(events) == MOST_DRAWINGS
    taker, events = shown()
    large = json.dumps(HEAT | {"rows": [[-1.2345e-05] * SIDE] * SIDE, "row_names": [], "column_names": []})
    for _ in range(100):
        taker.show(Display(DRAWING, large))
    size = sum(len(json.dumps(event.data["drawing"])) for event in events)
    assert 0.9 * MOST_DRAWN_BYTES < size <= MOST_DRAWN_BYTES


def test_nothing_is_shown_after_the_first_hidden_probe():
    taker, events = shown()
    taker.showing = False
    for display in (Display(DRAWING, json.dumps(HEAT)), Display(METRIC, '{"config": {"lr": 1}}')):
        taker.show(display)
    assert events == []


def test_a_config_is_told_as_such_and_a_few_times_only():
    taker, events = shown()
    for _ in range(10):
        taker.show(Display(METRIC, '{"config": {"lr": 0.1, "act": "relu", "bad": [1], "nan": NaN}}'))
    assert [event.kind for event in events] == ["config"] * 4
    assert events[0].data == {"config": {"lr": 0.1, "act": "relu"}}


@pytest.mark.parametrize("text", ["{", "NaN", "[" * 900 + "]" * 900, '"x"', "1e999", "null"])
def test_what_is_no_json_of_ours_is_nothing(text):
    taker, events = shown()
    for mime in (DRAWING, METRIC):
        taker.show(Display(mime, text))
    assert events == []
