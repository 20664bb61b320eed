"""A verdict takes at most 8 kB in its row, and what it says is never cut."""

import json
import random
import zlib

import pytest
from django.db import connection

from grader.verdict import Word
from tests.conftest import verdict
from zero_to_gpt.submissions.models import Submission
from zero_to_gpt.submissions.packing import ROOM, packed, unpacked


def array(side, *, seed=0):
    numbers = random.Random(seed)  # noqa: S311
    cells = [[numbers.gauss(0, 1) for _ in range(side)] for _ in range(side)]
    shape = [side, side]
    return {
        "kind": "array",
        "text": "",
        "shape": shape,
        "dtype": "float64",
        "cells": cells,
        "truncated": False,
        "items": [],
    }


def call(side, *, seed):
    return {
        "seed": seed,
        "inputs": {"kind": "dict", "text": "", "items": [["x", array(side, seed=seed)]], "truncated": False},
        "got": array(side, seed=seed + 1),
        "expected": array(side, seed=seed + 2),
        "differences": [{"path": "", "kind": "value", "note": "far off"}],
        "error": None,
    }


def of_probes(side, count=3):
    """A verdict whose probes show arrays of so many rows and columns: half of them are hidden."""
    data = verdict(Word.FAILED).for_staff()
    probes = []
    for number in range(count):
        for visible in (True, False):
            probe = data["probes"][0] | {"name": f"P{number}{visible}", "visible": visible}
            probe |= {"detail": call(side, seed=number), "twin": None if visible else call(side, seed=99)}
            probes.append(probe)
    return data | {"probes": probes}


@pytest.mark.parametrize("data", [verdict(Word.PASSED).for_staff(), of_probes(3)])
def test_what_fits_is_kept_whole(data):
    assert unpacked(packed(data)) == data


@pytest.mark.parametrize("side", [8, 20, 64])
@pytest.mark.parametrize("count", [1, 3, 12])
def test_no_verdict_takes_more_than_its_room(side, count):
    data = of_probes(side, count)
    small = packed(data)
    assert len(small) <= ROOM
    kept = unpacked(small)
    for before, after in zip(data["probes"], kept["probes"], strict=True):
        said = {name: value for name, value in before.items() if name not in ("detail", "twin")}
        assert {name: after[name] for name in said} == said
        assert after["detail"]["differences"] == before["detail"]["differences"]
        assert after["detail"]["seed"] == before["detail"]["seed"]


def test_hidden_examples_are_cut_before_those_that_learners_see():
    data = of_probes(12, count=1)
    data["probes"][0]["detail"] = call(3, seed=5)
    assert len(zlib.compress(json.dumps(data).encode())) > ROOM
    seen, hidden = unpacked(packed(data))["probes"]
    assert seen == data["probes"][0]
    assert hidden["twin"] == data["probes"][1]["twin"]
    assert hidden["detail"]["got"]["truncated"]
    assert hidden["detail"]["got"]["shape"] == [12, 12]
    assert hidden["detail"]["got"]["cells"] == [
        row[:8] for row in data["probes"][1]["detail"]["got"]["cells"][:8]
    ]


def test_output_that_cannot_be_squeezed_is_cut_and_says_so():
    noise = random.Random(2).randbytes(40_000).hex()  # noqa: S311
    kept = unpacked(packed(verdict(Word.FAILED).for_staff() | {"output": noise}))
    assert kept["output_truncated"]
    assert noise.startswith(kept["output"])
    assert len(kept["output"]) >= 1000


def test_the_column_holds_bytes_and_the_model_gives_the_data(alice, graded):
    submission = graded(alice)
    expected = verdict(Word.FAILED).for_staff()
    assert Submission.objects.get(pk=submission.pk).verdict == json.loads(json.dumps(expected))
    with connection.cursor() as cursor:
        cursor.execute("SELECT verdict FROM submissions_submission WHERE id = %s", [submission.pk])
        raw = bytes(cursor.fetchone()[0])
    assert len(raw) <= ROOM
    assert json.loads(zlib.decompress(raw))["word"] == "failed"
