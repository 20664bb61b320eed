"""A preview is small, plain JSON, and shows what is special about a value."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings

from grader.values.compare import preview
from grader.verdict import to_json
from sandbox_images.inside.wire import Bf16, Opaque, Raised
from tests.unit.test_wire import values


@settings(max_examples=300, deadline=None)
@given(values)
def test_every_value_has_a_small_preview(value):
    text = json.dumps(to_json(preview(value)), allow_nan=False)
    assert len(text) < 100_000


def test_an_array_shows_its_leading_corner():
    shown = preview(np.arange(100 * 200).reshape(100, 200))
    assert (shown.kind, shown.shape, shown.dtype, shown.truncated) == ("array", (100, 200), "int64", True)
    assert len(shown.cells) == 64
    assert shown.cells[1][:2] == (200, 201)
    small = preview(np.arange(24.0).reshape(2, 3, 4))
    assert (len(small.cells), small.cells[5], small.truncated) == (6, (20.0, 21.0, 22.0, 23.0), False)
    assert preview(np.arange(3)).cells == ((0, 1, 2),)
    assert preview(np.zeros((0, 3))).cells == ()


def test_what_json_cannot_hold_is_text():
    shown = preview(np.array([np.nan, np.inf, -np.inf, 1.0]))
    assert shown.cells == (("nan", "inf", "-inf", 1.0),)
    assert preview(np.array([2**60])).cells == ((str(2**60),),)
    assert preview(np.array([1 + 2j])).cells == (("1+2j",),)
    assert preview(1 << 100_000).text == "an integer of 100001 bits"
    assert preview(float("nan")).text == "nan"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "none", "None"),
        (True, "bool", "True"),
        (np.True_, "number", "True"),
        (3, "number", "3"),
        (0.1, "number", "0.1"),
        (np.array(2.5), "number", "2.5"),
        ("a\x1bb", "text", "a\\x1bb"),
        (b"\x00", "text", "b'\\x00'"),
        (Raised(("KeyError",), "'x'"), "raised", "KeyError: 'x'"),
        (Opaque("map", "why"), "other", "map (why)"),
    ],
)
def test_scalars(value, kind, text):
    assert (preview(value).kind, preview(value).text) == (kind, text)


def test_structures_are_labelled_and_capped():
    shown = preview({"W": np.eye(2), (1, 2): [1, 2]})
    assert [label for label, _ in shown.items] == ["W", "(1, 2)"]
    assert [item.text for _, item in shown.items[1][1].items] == ["1", "2"]
    long = preview(list(range(1000)))
    assert (len(long.items), long.truncated, long.text) == (64, True, "1000")
    many = preview([np.ones((64, 64))] * 5)
    assert [len(item.cells) for _, item in many.items] == [64, 0, 0, 0, 0]
    assert many.items[1][1].truncated
    bushy = preview([[[0] * 60] * 60] * 60)
    assert len(json.dumps(to_json(bushy))) < 100_000
    assert preview("x" * 5000).truncated


def test_bfloat16_shows_its_numbers():
    shown = preview(Bf16(np.array([0x3F80], "u2")))
    assert (shown.dtype, shown.cells) == ("bfloat16", ((1.0,),))
