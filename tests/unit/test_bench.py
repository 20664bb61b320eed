"""The bench's figures: percentiles, bars, ratios; and that its exercises can be read."""

import json

import pytest

from grader.bench import peers
from grader.bench.__main__ import EXERCISE, FLOORS, PEERS, SECTIONS, TORCH
from grader.bench.measure import case, machine, percentile, ratio
from grader.exercise.folder import load
from grader.sandbox.box import Profile


def test_percentiles_lie_between_values():
    assert [percentile([3.0, 1.0, 2.0], share) for share in (0.0, 0.25, 0.5, 1.0)] == [1.0, 1.5, 2.0, 3.0]
    assert percentile([7.0], 0.95) == 7.0


@pytest.mark.parametrize(
    ("bar", "met"),
    [
        ("p50 <= 3", True),
        ("p50 <= 2.9", False),
        ("p50 <= 3, p95 <= 4", False),
        ("p50 <= 3, p95 <= 5", True),
        ("p50 >= 3", True),
        ("p50 >= 3.1", False),
        (None, None),
    ],
)
def test_a_bar_is_met_or_not(bar, met):
    row = case("name", [1, 2, 3, 4, 5], bar=bar)
    assert row.met is met
    figures = {"p50": 3, "p95": 4.8, "min": 1, "max": 5, "n": 5}
    assert row.to_json() == {"name": "name", "unit": "ms", "bar": bar, "met": met} | figures


@pytest.mark.parametrize("bar", ["", "p50 < 3", "p99 <= 3", "p50 <= 3 p95 <= 4", "under 3 ms"])
def test_a_bar_that_is_misspelt_is_never_met(bar):
    with pytest.raises(ValueError, match="not a bar"):
        case("name", [1.0], bar=bar)


def test_a_ratio_is_taken_pair_by_pair():
    row = ratio("name", [10.0, 40.0, 90.0], [1.0, 2.0, 3.0], bar="p50 >= 20")
    assert (row.unit, row.low, row.p50, row.high, row.met) == ("times", 10, 20, 30, True)
    with pytest.raises(ValueError, match="argument"):
        ratio("name", [1.0], [1.0, 2.0])


def test_every_bar_can_be_read_and_every_other_grader_has_one():
    assert set(PEERS) == set(peers.PEERS)
    assert set(FLOORS) == {Profile.NUMPY, Profile.TORCH}
    for bar in (*PEERS.values(), *FLOORS.values()):
        assert case("name", [1.0], bar=bar).met is not None


def test_the_exercises_are_of_the_profiles_that_they_stand_for():
    assert load(EXERCISE).profile is Profile.NUMPY
    torch = load(TORCH)
    assert torch.profile is Profile.TORCH
    assert 5 <= len(torch.probes) <= 6
    assert "torch" in SECTIONS


def test_the_machine_can_be_written():
    about = machine(exercise="x")
    assert about["cores"] >= 1
    assert json.loads(json.dumps(about))["exercise"] == "x"
