"""One grading as a stream: what a learner may see of it, what a crash costs, what stays the same."""

import dataclasses
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.exercise.folder import Exercise, from_files
from grader.grading import session
from grader.grading import source as static
from grader.grading.expected import FIRST_HIDDEN_SEED, FolderStore, compute, public_seeds
from grader.grading.session import Cancelled, Graded, GraderFault, Job, draw_seeds, grade
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend
from grader.sandbox.pool import Pool
from grader.verdict import Kind, ProbeWord, Verdict, Word
from sandbox_images.inside import wire
from tests.grader.conftest import HOME
from tests.grader.grading import events_of, steady, submitted, verdict_of
from tests.grader.test_gate import SMALL

RIGHT = """
import numpy as np

def scale(x, factor):
    return x * factor

def centre(x):
    return x - x.sum(axis=0, keepdims=True) / len(x)

def solve(a, b):
    return np.linalg.lstsq(a, b, rcond=None)[0]
"""


def numbers_of(
    exercise: Exercise, probe: str, seeds: tuple[str, ...], pool: Pool, store: FolderStore
) -> list[str]:
    """Every number of a probe's inputs and expected values, as JSON writes them."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list | tuple):
            for item in value:
                walk(item)
        elif isinstance(value, float):
            found.append(repr(value))
        elif hasattr(value, "tolist"):
            walk(value.tolist())

    for seed in seeds:
        case = store.get(exercise.grading_digest, pool.backend.box_digest(exercise.profile), probe, seed)
        assert case is not None
        walk(wire.decode(case.author_inputs))
        walk(wire.decode(case.expected))
    return found


def test_a_run_of_one_check_asks_it_alone(vectors: Exercise, pool: Pool, store: FolderStore) -> None:
    seen = [probe.name for probe in vectors.probes if probe.visible]
    assert len(seen) > 1
    told = events_of(vectors, RIGHT, pool, store, kind=Kind.RUN, only=seen[1])
    asked = [event.data["name"] for event in told if event.kind == "probe"]
    assert asked == [seen[1]]
    verdict = verdict_of(vectors, RIGHT, pool, store, kind=Kind.RUN, only=seen[1])
    assert [probe.name for probe in verdict.probes] == [seen[1]]
    assert (verdict.word, verdict.points) == (Word.PASSED, 0)
    assert verdict.message == "This check passes. Run asks the other visible ones, too."


def test_only_a_visible_check_of_a_run_can_be_asked_alone(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    """A hidden one, one that is none, and any in a Submit change nothing."""
    hidden = next(probe.name for probe in vectors.probes if not probe.visible)
    seen = [probe.name for probe in vectors.probes if probe.visible]
    for name in (hidden, "Nothing", ""):
        verdict = verdict_of(vectors, RIGHT, pool, store, kind=Kind.RUN, only=name)
        assert [probe.name for probe in verdict.probes] == seen
    whole = Job(exercise=vectors, source=RIGHT, seed_key=b"k", only=seen[0]).asks()
    assert {probe.name for probe in whole} == {probe.name for probe in vectors.probes}


def test_a_run_asks_only_the_visible_probes_and_pays_nothing(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    verdict = verdict_of(vectors, RIGHT, pool, store, kind=Kind.RUN)
    assert verdict.word is Word.PASSED
    assert [probe.name for probe in verdict.probes] == ["ScaleThree", "CentreSmall", "SolveSquare"]
    assert all(task.passed for task in verdict.tasks)
    assert verdict.points == 0
    assert verdict.possible == 12


def test_a_task_pays_only_when_all_its_probes_pass(vectors: Exercise, pool: Pool, store: FolderStore) -> None:
    accepts_text = RIGHT.replace("return x * factor", "return x if isinstance(x, str) else x * factor")
    verdict = verdict_of(vectors, accepts_text, pool, store)
    assert [(task.points, task.passed) for task in verdict.tasks] == [(0, False), (4, True), (5, True)]


def test_the_stages_and_probes_of_a_grading_come_as_events(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    events = events_of(vectors, RIGHT + "\nprint('hello')\n", pool, store)
    assert [event.data["stage"] for event in events if event.kind == "stage"] == [
        "starting",
        "running",
        "checking",
    ]
    assert [event.data["text"] for event in events if event.kind == "output"] == ["hello\n"]
    probes = [event.data for event in events if event.kind == "probe"]
    assert [(p["done"], p["total"], p["word"]) for p in probes] == [(n, 7, "passed") for n in range(1, 8)]
    assert events[-1].kind == "graded"
    json.dumps([event.data for event in events], allow_nan=False)


def test_nothing_from_a_box_that_saw_a_hidden_input_reaches_the_learner(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    spy = """
import numpy as np
seen = []

def note(value):
    print("saw", np.asarray(value).tolist())
    seen.append(value)

def scale(x, factor):
    note(x)
    note(factor)
    if len(seen) > 6:
        raise type("Leak" + str(x), (ValueError,), {})(str(seen))
    return x * factor

def centre(x):
    note(x)
    return np.array([np.ravel(s)[0] for s in seen if not isinstance(s, str)])

def solve(a, b):
    note(a)
    note(b)
    return np.array([np.ravel(s)[0] for s in seen if not isinstance(s, str)])
"""
    events = events_of(vectors, spy, pool, store)
    verdict = events[-1].verdict  # type: ignore[attr-defined]
    shown = json.dumps([verdict.for_learner(), [event.data for event in events]])
    assert "saw [" in shown  # the visible probes do print
    hidden = [probe for probe in vectors.probes if not probe.visible and probe.name != "ScaleRefusesText"]
    assert hidden
    job = Job(exercise=vectors, source=spy, seed_key=b"a test")
    for probe in hidden:
        for number in numbers_of(vectors, probe.name, draw_seeds(job, probe), pool, store):
            assert number not in shown
    matrix = next(probe for probe in verdict.probes if probe.name == "ScaleMatrix")
    assert matrix.message.startswith("`scale` raised an exception on a hidden example.")
    staff = json.dumps(verdict.for_staff())
    assert "saw" in staff  # the crawl above is not looking at an empty verdict
    for probe in verdict.for_learner()["probes"]:
        if not probe["visible"]:
            assert probe["detail"] is None
            assert probe["seeds"] == []
            assert probe["seconds"] == 0


def test_a_twin_is_a_public_seed_in_full(vectors: Exercise, pool: Pool, store: FolderStore) -> None:
    wrong = RIGHT.replace("/ len(x)", "/ (len(x) + 1)")
    verdict = verdict_of(vectors, wrong, pool, store)
    large = next(probe for probe in verdict.probes if probe.name == "CentreLarge")
    assert large.word is ProbeWord.FAILED
    assert large.twin is not None
    assert int(large.twin.seed) < FIRST_HIDDEN_SEED
    assert large.twin.got is not None
    assert large.twin.expected is not None
    assert large.twin.differences[0].differing == 35
    assert all(int(seed) >= FIRST_HIDDEN_SEED for seed in large.seeds)


def test_private_inputs_never_travel(vectors: Exercise, pool: Pool, store: FolderStore) -> None:
    digest = pool.backend.box_digest(vectors.profile)
    case = store.get(vectors.grading_digest, digest, "SolveWide", str(FIRST_HIDDEN_SEED))
    assert case is not None
    assert "_secret" in wire.decode(case.author_inputs)
    assert sorted(wire.decode(case.inputs)) == ["a", "b"]


def test_a_crash_in_one_probe_leaves_the_others(vectors: Exercise, pool: Pool, store: FolderStore) -> None:
    crashing = RIGHT.replace("    return x - x", "    import os\n    os._exit(0)\n    return x - x")
    words = submitted(vectors, crashing, pool, store)
    assert words["CentreSmall"] == words["CentreLarge"] == "crashed"
    assert {word for name, word in words.items() if not name.startswith("Centre")} == {"passed"}


def test_too_many_lost_boxes_end_the_asking(
    vectors: Exercise, pool: Pool, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MOST_REPLAYS", 1)
    crashing = RIGHT.replace("    return x", "    import os\n    os._exit(0)\n    return x")
    verdict = verdict_of(vectors, crashing, pool, store)
    words = [probe.word.value for probe in verdict.probes]
    assert words == ["crashed", "crashed", *["not_run"] * 5]
    assert verdict.probes[-1].message.startswith("Not run")


def test_a_submission_is_stopped_while_it_loops(vectors: Exercise, pool: Pool, store: FolderStore) -> None:
    began = time.monotonic()
    patient = dataclasses.replace(vectors, limits=dataclasses.replace(vectors.limits, seconds=60))
    job = Job(exercise=patient, source=RIGHT + "\nwhile True: pass\n", seed_key=b"k")
    events = list(grade(job, pool=pool, store=store, cancelled=lambda: time.monotonic() > began + 0.3))
    assert isinstance(events[-1], Cancelled)
    assert time.monotonic() - began < 30  # its own deadline would be a minute


def test_nothing_is_executed_before_the_text_was_looked_at(
    vectors: Exercise, pool: Pool, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its box compiles it meanwhile."""
    looked = static.Looked()

    def late(*_: object) -> static.Looked:
        time.sleep(0.5)
        return looked

    until = time.monotonic() + 20
    while not pool.is_warm(vectors.profile) and time.monotonic() < until:
        time.sleep(0.05)
    monkeypatch.setattr(static, "look", late)
    printing = f"print('here', 1 is 1)\n{RIGHT}"  # Python warns of it while it compiles
    told = events_of(vectors, printing, pool, store, kind=Kind.RUN)
    kinds = [event.kind for event in told]
    assert kinds.index("output") > [event.data.get("stage") for event in told].index("running")
    output = "".join(event.data["text"] for event in told if event.kind == "output")
    assert "SyntaxWarning" in output
    assert output.endswith("here True\n")
    assert isinstance(told[-1], Graded)
    assert told[-1].verdict.word is Word.PASSED
    assert told[-1].verdict.phases["cells"] > 0.4  # it waited in its box
    looked = static.Looked(static.too_much_to_compile(printing))
    (only,) = events_of(vectors, printing, pool, store)
    assert isinstance(only, Graded)
    assert only.verdict.word is Word.NOT_GRADABLE
    assert only.verdict.output == ""


def test_a_text_that_python_warns_of_without_end_is_no_fault_of_ours(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    """Each warning brings its line; together they are more than a box may say."""
    lines = "".join(f"assert ({number} is {number}), 'x'\n" for number in range(2000))
    quiet = dataclasses.replace(vectors, limits=dataclasses.replace(vectors.limits, output_kb=1))
    told = events_of(quiet, lines + RIGHT, pool, store)
    assert isinstance(told[-1], Graded)
    assert told[-1].verdict.word is Word.NOT_GRADABLE
    assert "too large for Python to compile" in told[-1].verdict.message


def test_hidden_instances_are_drawn_once_and_while_something_is_asked(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    others = Job(exercise=vectors, source=RIGHT, seed_key=b"other draws")
    own = {probe.name: draw_seeds(others, probe) for probe in vectors.probes if not probe.visible}
    told: list[str] = []

    def draw() -> dict[str, tuple[str, ...]]:
        told.append("drawn")
        return own

    def graded(source: str) -> Verdict:
        job = Job(exercise=vectors, source=source, seed_key=b"k", draw=draw)
        for event in grade(job, pool=pool, store=store):
            told.append(event.kind if event.kind != "stage" else str(event.data["stage"]))
            if isinstance(event, Graded):
                verdict = event.verdict
        return verdict

    verdict = graded(RIGHT)
    assert verdict.word is Word.PASSED
    assert {probe.name: probe.seeds for probe in verdict.probes if not probe.visible} == own
    assert told.count("drawn") == 1
    assert told.index("checking") < told.index("drawn") < told.index("probe")
    told.clear()
    assert graded(f"{RIGHT}\n1 / 0\n").word is Word.CRASHED
    assert "drawn" not in told
    told.clear()
    assert graded(RIGHT.replace("return x", "import os\n    os._exit(1)\n    return x")).word is Word.FAILED
    assert told.count("drawn") == 1


def test_what_is_wrong_on_hidden_inputs_alone_is_told_so(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    probe = next(probe for probe in vectors.probes if probe.name == "ScaleMatrix")
    digest = pool.backend.box_digest(vectors.profile)
    open_ = []
    for seed in public_seeds(probe):
        case = store.get(vectors.grading_digest, digest, probe.name, seed)
        assert case is not None
        open_.append(wire.decode(case.inputs)["factor"])
    special = f"return x * factor + (x.ndim == 2 and factor not in {open_!r})"
    verdict = verdict_of(vectors, RIGHT.replace("return x * factor", special), pool, store)
    failed = [found for found in verdict.probes if found.word is not ProbeWord.PASSED]
    assert [found.name for found in failed] == ["ScaleMatrix"]
    assert failed[0].message == (
        "`scale` is wrong on a hidden example. On the open examples of this check `scale` is right. So it "
        "takes something that only some inputs have (think of ties, zeros, negative or very large numbers, "
        "other lengths), or something that is kept from an earlier call."
    )
    assert failed[0].twin is None


def test_no_box_is_made_for_a_text_that_is_refused(vectors: Exercise, store: FolderStore) -> None:
    with Pool(choose_backend("bubblewrap", home=HOME), warm={}) as cold:
        for text in ("", vectors.starter, "(" * 4000):
            assert verdict_of(vectors, text, cold, store).word in (Word.NOT_GRADABLE, Word.NOT_ATTEMPTED)
        assert cold.metrics()["made"] == {}
        assert verdict_of(vectors, RIGHT, cold, store).word is Word.PASSED
        assert cold.metrics()["made"] == {"numpy": 1}


def test_endless_warnings_of_the_compiler_are_cut(vectors: Exercise, pool: Pool, store: FolderStore) -> None:
    warned = "".join(f"x = {n} is {n}\n" for n in range(1_500))
    verdict = verdict_of(vectors, f"{warned}{RIGHT}", pool, store)
    assert verdict.word is Word.PASSED
    assert verdict.output.count("SyntaxWarning") == 20
    assert "... and 1480 warnings more\n" in verdict.output


@pytest.mark.parametrize("text", ["def f(:\n", "", "x = 'a\0b'", "(" * 4000])
@pytest.mark.parametrize("warm", [0, 1])
def test_what_is_not_run_leaves_no_box(vectors: Exercise, store: FolderStore, text: str, warm: int) -> None:
    with Pool(choose_backend("bubblewrap", home=HOME), warm={Profile.NUMPY: warm}) as other:
        for _ in range(3):
            verdict = verdict_of(vectors, text, other, store)
            assert verdict.word in (Word.NOT_GRADABLE, Word.NOT_ATTEMPTED), verdict.message
            assert verdict.output == ""
        until = time.monotonic() + 20
        while other.metrics()["leased"] and time.monotonic() < until:
            time.sleep(0.05)
        assert other.metrics()["leased"] == 0
        assert verdict_of(vectors, RIGHT, other, store).word is Word.PASSED


def test_a_missing_expected_value_is_our_fault(vectors: Exercise, pool: Pool, tmp_path: object) -> None:
    with pytest.raises(GraderFault, match="no expected value of ScaleThree for seed 0"):
        verdict_of(vectors, RIGHT, pool, FolderStore(tmp_path / "empty"))  # type: ignore[operator]


def test_seeds_rotate_with_the_key_and_are_never_public(vectors: Exercise) -> None:
    probe = vectors.probe("ScaleMatrix")
    draws = [draw_seeds(Job(exercise=vectors, source="", seed_key=bytes([n])), probe) for n in range(40)]
    assert len(set(draws)) > 30
    assert all(len(set(draw)) == probe.seeds for draw in draws)
    assert all(int(seed) >= FIRST_HIDDEN_SEED for draw in draws for seed in draw)
    assert draws[0] == draw_seeds(Job(exercise=vectors, source="x", seed_key=b"\0"), probe)
    assert draw_seeds(Job(exercise=vectors, source="", seed_key=b"\0"), vectors.probe("ScaleThree")) == (
        "0",
        "1",
    )


def test_recorded_seeds_replay_a_verdict(vectors: Exercise, pool: Pool, store: FolderStore) -> None:
    sometimes = RIGHT.replace("return x * factor", "return x * factor * (1.5 if factor > 0 else 1.0)")
    first = verdict_of(vectors, sometimes, pool, store, seed_key=b"one")
    seeds = {probe.name: probe.seeds for probe in first.probes}
    again = verdict_of(vectors, sometimes, pool, store, seed_key=b"two", seeds=seeds)
    assert [probe.detail for probe in again.probes] == [probe.detail for probe in first.probes]
    assert {probe.name: probe.seeds for probe in again.probes} == seeds


def test_one_submission_has_one_verdict_however_often_and_however_busy(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    lucky = RIGHT.replace("return x * factor", "return x * factor + np.random.normal() * (len(x) == 2)")

    def once(_: int) -> str:
        return json.dumps(steady(verdict_of(vectors, lucky, pool, store)), sort_keys=True)

    with ThreadPoolExecutor(4) as threads:
        verdicts = set(threads.map(once, range(50)))
    assert len(verdicts) == 1


def test_every_mutant_is_told_by_its_own_explanation(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    for mutant in vectors.mutants:
        diagnosis = verdict_of(vectors, mutant.source, pool, store).diagnosis
        assert diagnosis == ("" if mutant.static else mutant.explanation)


def test_no_right_answer_and_no_other_wrong_one_is_diagnosed(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    other = RIGHT.replace("return x * factor", "return x / factor")
    for source in (*[solution.source for solution in vectors.alternatives], other):
        assert verdict_of(vectors, source, pool, store).diagnosis == ""


def test_control_characters_of_a_learner_are_shown_not_obeyed(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    verdict = verdict_of(vectors, "raise ValueError('a\\x1b[2Jb\\u202ec')\n", pool, store)
    assert verdict.word is Word.CRASHED
    assert verdict.error is not None
    assert verdict.error.message == "a\\x1b[2Jb\\u202ec"


def test_a_speed_that_is_cheated_with_wrong_answers_does_not_count(
    costs: Exercise, pool: Pool, store: FolderStore
) -> None:
    # Slow and right where the small probe came before, quick and wrong in the box that only times it.
    hasty = """
import numpy as np
small = False

def dot(a, b):
    global small
    small = small or len(a) == 5
    return float(sum(p * q for p, q in zip(a, b))) if small else 0.0

def largest_gap(x):
    return float(x.max() - x.min())
"""
    verdict = verdict_of(costs, hasty, pool, store)
    fast = next(probe for probe in verdict.probes if probe.name == "DotFast")
    assert fast.word is ProbeWord.FAILED
    assert verdict.tasks[0].points == 0


def test_a_text_that_begins_with_a_byte_order_mark_is_read(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    assert verdict_of(vectors, b"\xef\xbb\xbf" + RIGHT.encode(), pool, store).word is Word.PASSED
    windows = RIGHT.replace("\n", "\r\n").encode()
    assert verdict_of(vectors, windows, pool, store).word is Word.PASSED


@pytest.mark.parametrize("name", ["adds_one_by_one", "all_pairs_at_once"])
def test_a_right_answer_that_costs_too_much_is_told_why(
    name: str, costs: Exercise, pool: Pool, store: FolderStore
) -> None:
    (mutant,) = [mutant for mutant in costs.mutants if mutant.name == name]
    verdict = verdict_of(costs, mutant.source, pool, store)
    assert verdict.word is Word.FAILED
    assert verdict.diagnosis == mutant.explanation


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
def test_a_probe_of_memory_counts_what_is_put_into_files(pool: Pool, tmp_path: Path, folder: str) -> None:
    probes = SMALL["probes.py"].replace("@probe(task=1, seeds=2)", "@probe(task=1, seeds=2, memory_mb=64)")
    exercise, store = from_files("basics/double", SMALL | {"probes.py": probes}), FolderStore(tmp_path)
    compute(exercise, pool, store)
    source = "def double(x):\n    {}\n    return x + x\n"
    assert verdict_of(exercise, source.format("pass"), pool, store).word is Word.PASSED
    hoards = f"open('{folder}/hoard', 'wb').write(bytes(32 << 20)) if x.ndim == 2 else None"
    verdict = verdict_of(exercise, source.format(hoards), pool, store)
    assert {probe.name: probe.word for probe in verdict.probes}["Seen"] is ProbeWord.PASSED
    assert verdict.points == 0


BUSY = 2
"""A host that has other things to do is slower; replaying every probe would take longer still."""


def test_slow_cells_are_not_replayed_for_ever(pool: Pool, tmp_path: Path) -> None:
    """Cells that take nearly their whole time, and an answer that ends the box: one grading, not a dozen."""
    probe = SMALL["probes.py"].split("@probe")[2]
    more = "".join("\n@probe" + probe.replace("Hidden", f"Hidden{n}") for n in range(9))
    limits = SMALL["exercise.toml"].replace("seconds = 2\nprobe", "seconds = 0.5\nprobe")
    files = SMALL | {"probes.py": SMALL["probes.py"] + more, "exercise.toml": limits}
    exercise, store = from_files("basics/double", files), FolderStore(tmp_path)
    compute(exercise, pool, store)
    source = "import os, time\ntime.sleep(0.4)\ndef double(x):\n    os._exit(0)\n"
    began = time.monotonic()
    words = [probe.word for probe in verdict_of(exercise, source, pool, store).probes]
    assert time.monotonic() - began < 0.4 * 8 * BUSY
    assert words[:4] == [ProbeWord.CRASHED] * 4
    assert words[-1] is ProbeWord.NOT_RUN


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = input('how many? ')\n", "Nobody can type here"),
        ("import pandas\n", "Only Python's own library and what the exercise names are here"),
        ("def scale(x, factor):\n    return scale(x, factor)\nscale(1, 2)\n", "stops calling itself"),
        ("raise SyntaxError\n", "Your code stopped with SyntaxError, at line 1"),
    ],
    ids=["input", "module", "recursion", "syntax"],
)
def test_an_error_that_says_little_by_itself_comes_with_what_to_try(
    vectors: Exercise, pool: Pool, store: FolderStore, source: str, said: str
) -> None:
    assert said in verdict_of(vectors, source, pool, store).message


def test_a_changed_signature_is_told(vectors: Exercise, pool: Pool, store: FolderStore) -> None:
    source = RIGHT.replace("def scale(x, factor):\n    return x * factor", "def scale(x):\n    return x")
    message = verdict_of(vectors, source, pool, store).message
    assert message.endswith("Keep the parameters of the starter: the checks call it with these.")


def test_nothing_at_all_is_not_called_the_starter(vectors: Exercise, pool: Pool, store: FolderStore) -> None:
    assert verdict_of(vectors, "\n \n", pool, store).message.startswith("There is no code here yet.")
