"""When a probe may enter a box: after the one before it is answered, whether or not that is compared."""

import json
import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from grader.exercise.folder import Exercise, from_files
from grader.grading import deciding, session
from grader.grading.boxes import Boxes
from grader.grading.expected import FolderStore, compute
from grader.grading.outcome import Asked
from grader.sandbox.cells import CellRun
from grader.sandbox.drive import Drive
from grader.sandbox.link import Link
from grader.sandbox.pool import Pool
from grader.verdict import Verdict
from tests.grader.grading import steady, verdict_of
from tests.grader.test_gate import SMALL

MIXED = """
from grader.language import probe

def numbers(rng, size):
    return {"x": rng.normal(size=size)}

@probe(task=1, visible=True, seeds=1)
class SeenFirst:
    def make(rng):
        return numbers(rng, 2)
    def ask(answer, inputs):
        return [answer.double(inputs["x"])]

@probe(task=1, visible=True, seeds=1)
class SeenLast:
    def make(rng):
        return numbers(rng, 3)
    def ask(answer, inputs):
        return [answer.double(inputs["x"]), 2]

@probe(task=1, seeds=2)
class One:
    def make(rng):
        return numbers(rng, 4)
    def ask(answer, inputs):
        return [answer.double(inputs["x"]), 3]

@probe(task=1, seeds=2)
class Two:
    def make(rng):
        return numbers(rng, 5)
    def ask(answer, inputs):
        return [answer.double(inputs["x"]), 4]

@probe(task=1, seeds=2, times_faster=2)
class Timed:
    def make(rng):
        return numbers(rng, 20_000)
    def ask(answer, inputs):
        return answer.double(inputs["x"])
    def baseline(inputs):
        return [2 * number for number in inputs["x"] for _ in range(10)][::10]

@probe(task=1, seeds=1, memory_mb=64)
class Measured:
    def make(rng):
        return numbers(rng, 6)
    def ask(answer, inputs):
        return [answer.double(inputs["x"]), 6]

@probe(task=1, seeds=2)
class Three:
    def make(rng):
        return numbers(rng, 7)
    def ask(answer, inputs):
        return [answer.double(inputs["x"]), 7]

@probe(task=1, seeds=1)
class Four:
    def make(rng):
        return numbers(rng, 8)
    def ask(answer, inputs):
        return [answer.double(inputs["x"]), 8]
"""
SHOWN, PLAIN, ALONE = ("SeenFirst", "SeenLast"), ("One", "Two", "Three", "Four"), ("Timed", "Measured")


@dataclass
class Log:
    """What happened, in order: ("sent", probe), when its bytes were written to a box; ("read", probe), when
    all its values were; ("compared", probe)."""

    exercise: Exercise
    lines: list[tuple[str, str]] = field(default_factory=list)

    def note(self, what: str, source: str) -> None:
        name = next((probe.name for probe in self.exercise.probes if probe.ask_source == source), "")
        if name:
            self.lines.append((what, name))

    def at(self, what: str, name: str) -> int:
        return self.lines.index((what, name))

    @property
    def order(self) -> list[str]:
        """The probes as they were sent; one that is timed was, call by call."""
        return list(dict.fromkeys(name for what, name in self.lines if what == "sent"))


@pytest.fixture(scope="module")
def mixed(pool: Pool, store: FolderStore) -> Exercise:
    exercise = from_files("01-basics/99-mixed", SMALL | {"probes.py": MIXED})
    compute(exercise, pool, store)
    return exercise


@pytest.fixture
def log(mixed: Exercise, monkeypatch: pytest.MonkeyPatch) -> Log:
    log = Log(mixed)
    send, probe, decide = Link.send, Drive.probe, deciding.decide

    def sent(link: Link, channel: bytes, parts: Sequence[bytes]) -> None:
        if json.loads(parts[2]).get("zg", {}).get("op") == "probe":
            log.note("sent", json.loads(parts[3])["code"])
        send(link, channel, parts)

    async def answered(drive: Drive, source: str, *args: Any, **how: Any) -> CellRun:
        run = await probe(drive, source, *args, **how)
        log.note("read", source)
        return run

    def compared(asked: Asked, *how: Any) -> None:
        time.sleep(0.05)  # many times what the box needs for the next probe
        decide(asked, *how)
        log.note("compared", asked.probe.ask_source)

    monkeypatch.setattr(Link, "send", sent)
    monkeypatch.setattr(Drive, "probe", answered)
    monkeypatch.setattr(deciding, "decide", compared)
    return log


Grade = Callable[..., Verdict]


@pytest.fixture
def graded(mixed: Exercise, pool: Pool, store: FolderStore) -> Grade:
    return lambda **how: verdict_of(mixed, mixed.alternatives[0].source, pool, store, **how)


def test_no_input_enters_a_box_before_the_question_in_front_of_it_is_answered(
    log: Log, graded: Grade
) -> None:
    assert graded().word == "passed"
    assert log.order == [*SHOWN, "One", "Two", *ALONE, "Three", "Four"]
    waiting = ""
    for what, name in log.lines:
        if what == "sent":
            assert waiting == "", f"{name} was sent while {waiting} was not answered"
            waiting = name
        elif what == "read":
            assert waiting == name
            waiting = ""


def test_what_is_alike_is_compared_while_the_box_works(log: Log, graded: Grade) -> None:
    graded()
    for before, after in (("SeenFirst", "SeenLast"), ("One", "Two"), ("Three", "Four")):
        assert log.at("read", before) < log.at("sent", after) < log.at("compared", before)


def test_nothing_hidden_enters_a_box_before_all_that_is_shown_is_compared(log: Log, graded: Grade) -> None:
    graded()
    hidden = min(log.at("sent", name) for name in (*PLAIN, *ALONE))
    assert hidden > max(log.at("compared", name) for name in SHOWN)


@pytest.mark.parametrize("name", ALONE)
def test_what_is_timed_or_measured_runs_beside_no_comparing(log: Log, graded: Grade, name: str) -> None:
    graded()
    place = log.order.index(name)
    assert all(log.at("compared", before) < log.at("sent", name) for before in log.order[:place])
    assert all(log.at("compared", name) < log.at("sent", after) for after in log.order[place + 1 :])


@pytest.mark.parametrize("how", [{"until_failure": True}, {"skip_lost": True}])
def test_where_the_next_question_depends_on_a_verdict_it_waits_for_it(
    log: Log, graded: Grade, how: dict[str, bool]
) -> None:
    graded(**how)
    for before, after in zip(log.order, log.order[1:], strict=False):
        assert log.at("compared", before) < log.at("sent", after)


def test_what_ends_its_box_is_followed_by_the_rest_in_another(
    log: Log, mixed: Exercise, pool: Pool, store: FolderStore
) -> None:
    dies = "import os\ndef double(x):\n    if len(x) == 4:\n        os._exit(1)\n    return x + x\n"
    verdict = verdict_of(mixed, dies, pool, store, explain=False)
    words = {probe.name: probe.word.value for probe in verdict.probes}
    assert words == {probe.name: "crashed" if probe.name == "One" else "passed" for probe in mixed.probes}
    assert log.order == [*SHOWN, "One", "Two", *ALONE, "Three", "Four"]


class Late:
    """A queue that says once before each thing that it is empty, when everybody else is done."""

    def __init__(self) -> None:
        self.things: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.put = self.things.put
        self.calls = 0

    def get(self, timeout: float) -> Any:
        self.calls += 1
        if self.calls % 2:
            time.sleep(0.1)
            raise queue.Empty
        return self.things.get(timeout=timeout)


def test_no_answer_is_lost_where_this_process_is_late(
    mixed: Exercise, pool: Pool, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Boxes.__init__

    def slow(boxes: Boxes, *how: Any) -> None:
        begin(boxes, *how)
        boxes.events = Late()  # type: ignore[assignment]
        boxes.shown.put = boxes.events.put

    source = mixed.reference
    quick = steady(verdict_of(mixed, source, pool, store))
    monkeypatch.setattr(Boxes, "__init__", slow)
    verdict = verdict_of(mixed, source, pool, store)
    assert [probe.name for probe in verdict.probes] == [probe.name for probe in mixed.probes]
    assert steady(verdict) == quick


def test_the_verdict_is_the_same_as_of_one_probe_after_the_other(
    mixed: Exercise, pool: Pool, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "def double(x):\n    return x + x if len(x) in (2, 5) else x\n"
    together = steady(verdict_of(mixed, wrong, pool, store))
    monkeypatch.setattr(session, "may_follow", lambda *_: False)
    assert steady(verdict_of(mixed, wrong, pool, store)) == together
