"""What values cost us is bounded for a submission, wherever the cost hides, and others do not wait for it."""

from __future__ import annotations

import os
import signal
import struct
import threading
import time

import numpy as np
import pytest

from grader.grading.expected import Case
from grader.grading.outcome import Asked, Call, decide, result
from grader.sandbox.cells import CellEnd, CellRun
from grader.values.preview import preview
from grader.values.weigher import Expired, Weigher, WeigherError
from grader.values.weighing import MOST_FAIR, Scales, Terms, agrees, weigh
from grader.verdict import ProbeWord
from sandbox_images.inside import wire
from tests.unit.test_exercise import GOOD

MODULUS = 2**61 - 1
TERMS = Terms(1e-9, 1e-12, "same", "value")
CONGRUENT = [n * MODULUS for n in range(9_928)] + list(range(1, 89_000))


def as_set(keys: list[int]) -> bytes:
    """What a hostile box sends: no set has to be made for it."""
    items = b"".join(wire.encode(key)[3:] for key in keys)
    return b"ZG1E" + struct.pack("<I", len(keys)) + items


VALUES = {
    "congruent": (as_set(CONGRUENT), wire.encode(1.0)),
    "eights": (as_set([n + MODULUS * k for n in range(12_400) for k in range(8)]), wire.encode(1.0)),
    "lists": (wire.encode([[[]]] * 33_000), wire.encode([[[]]] * 32_999 + [[[1]]])),
    "text": (wire.encode("a" * 2_000_000), wire.encode("a" * 1_999_999 + "b")),
    "floats": (wire.encode([1e300] * 99_000), wire.encode([0.0] * 99_000)),
    "words": (
        wire.encode(frozenset(str(n) for n in range(90_000))),
        wire.encode(frozenset(str(n) for n in range(1, 90_001))),
    ),
    "integers": (wire.encode([(1 << 32_000) + n for n in range(480)]), wire.encode([1] * 480)),
    "halves": (wire.encode(np.zeros(1_000_000, "f2")), wire.encode(np.ones(1_000_000, "f2"))),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_costly_value_comes_to_the_same_in_either_process(name):
    pair = VALUES[name]
    elsewhere = Scales(60.0, here=0.0)
    assert elsewhere.weigh([pair, pair], TERMS) == [weigh(*pair, TERMS)] * 2
    assert elsewhere.agree([pair], TERMS) == agrees(*pair, TERMS)
    if name != "congruent":
        assert elsewhere.preview(pair[0]) == preview(wire.decode(pair[0]))
    assert elsewhere.spent_here == 0
    assert elsewhere.spent > 0


@pytest.mark.parametrize("name", VALUES)
def test_a_costly_value_is_not_weighed_in_our_process(name):
    scales = Scales()
    began = time.thread_time()
    scales.weigh([VALUES[name]] * 2, TERMS)
    assert scales.spent_here == 0
    assert time.thread_time() - began < 0.1


def test_many_small_values_go_elsewhere_once_they_have_had_their_share():
    small, other = wire.encode([[]] * 3_000), wire.encode([*([[]] * 2_999), 0.0])
    scales = Scales()
    for _ in range(40):
        scales.weigh([(small, other)], TERMS)
    assert 0.02 <= scales.spent_here < 0.2
    assert scales.spent > scales.spent_here


def test_a_submission_whose_budget_ends_has_a_malformed_probe_and_a_sentence():
    got, expected = VALUES["lists"]
    probe = GOOD.probe("Slope")
    calls = [Call(seed, Case(wire.encode({}), expected), blob=got, value=True) for seed in range(20)]
    asked, scales = Asked(probe, calls), Scales(0.3)
    began = time.monotonic()
    decide(asked, lambda *_: [], scales)
    assert time.monotonic() - began < 20  # all of it would take ten times the budget
    assert asked.word is ProbeWord.MALFORMED
    told = result(asked, GOOD, scales)
    assert told.word is ProbeWord.MALFORMED
    assert "too costly to read and compare" in told.message
    with pytest.raises(Expired):
        scales.weigh([VALUES["text"]], TERMS)
    assert scales.preview(got).text == "too costly to be shown"
    honest = wire.encode(2.0)  # what is small and early is still weighed
    assert scales.weigh([(honest, honest)], TERMS)[0].kind is None


@pytest.mark.parametrize("name", VALUES)
def test_the_kernel_ends_what_has_used_its_budget_up(name):
    scales = Scales(0.01, here=0.0)
    with pytest.raises(Expired):
        scales.weigh([VALUES[name]] * 8, TERMS)
    assert 0.01 <= scales.spent <= MOST_FAIR * 0.01 + 1e-9


def test_a_right_answer_that_is_costly_itself_has_the_time_that_it_needs():
    """Whatever the machine: processor time swells where others steal it."""
    got, expected = (wire.encode([*([float(n)] for n in range(40_000)), last]) for last in ([0.0], [1e-13]))
    pairs = [(got, expected)] * 10
    took = Scales(60.0, here=0.0)
    took.weigh(pairs, TERMS)
    scales = Scales(0.6 * took.spent, here=0.0)
    assert not any(weighed.kind for weighed in scales.weigh(pairs, TERMS))
    assert scales.spent < MOST_FAIR * 0.6 * took.spent


def test_a_cheap_expected_value_gives_a_costly_answer_no_more_time():
    costly, cheap = wire.encode([[float(n)] for n in range(40_000)]), wire.encode([])
    took = Scales(60.0, here=0.0)
    took.weigh([(costly, cheap)] * 20, TERMS)
    scales = Scales(0.3 * took.spent, here=0.0)
    with pytest.raises(Expired):
        scales.weigh([(costly, cheap)] * 20, TERMS)
    assert 0.3 * took.spent <= scales.spent < 0.5 * took.spent  # what the expected one costs is found out


def test_a_weigher_that_is_killed_is_replaced_and_nobody_is_blamed():
    scales = Scales(here=0.0)
    pair = (wire.encode(1.0), wire.encode(1.0))
    assert scales.weigh([pair], TERMS)[0].kind is None
    process = Weigher.of_this_process()._process
    assert process is not None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert scales.weigh([pair], TERMS)[0].kind is None
    with pytest.raises(WeigherError, match="KeyError"):
        Weigher.of_this_process().ask({"no": "task"}, [], 1.0)


def test_a_thread_of_ours_is_hardly_held_up_by_the_worst_of_them():
    """The longest time in which another thread does not run, while each value is weighed."""
    stop, longest = threading.Event(), [0.0]

    def watch() -> None:
        last = time.perf_counter()
        while not stop.is_set():
            time.sleep(0.001)
            now = time.perf_counter()
            longest[0] = max(longest[0], now - last)
            last = now

    Scales(here=0.0).weigh([VALUES["integers"]], TERMS)  # it has started
    watcher = threading.Thread(target=watch)
    watcher.start()
    for pair in VALUES.values():
        Scales().weigh([pair], TERMS)
    stop.set()
    watcher.join()
    assert longest[0] < 0.25  # in our own process it was two seconds


def test_a_box_that_ended_has_nothing_to_weigh():
    asked = Asked(GOOD.probe("Slope"), [Call(1, Case(wire.encode({}), wire.encode(1.0)))])
    run = CellRun(False, "", None, (), (), 0.0, 0.0, 0.0, CellEnd.DIED)
    assert run.values == ()
    decide(asked, lambda *_: [], Scales(0.0))
    assert asked.word is ProbeWord.MALFORMED
