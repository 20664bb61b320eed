"""Earlier answers in later exercises: each its own module, behind its own fence, and blamed only where the
official one passes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.__main__ import main
from grader.commands import run
from grader.exercise.folder import Exercise
from grader.grading.expected import FolderStore, compute
from grader.grading.pieces import Own, digest_of
from grader.proving.gate import verify
from grader.sandbox.pool import Pool
from grader.verdict import Kind, Verdict
from tests.grader.earlier import (
    CLIPPED,
    COURSE,
    FIRST,
    SECOND,
    THIRD,
    TOTAL,
    TWICE,
    course,
    exercise,
    written,
)
from tests.grader.grading import events_of, verdict_of


@pytest.fixture(scope="module")
def twice(pool: Pool, store: FolderStore) -> Exercise:
    made = exercise(SECOND)
    compute(made, pool, store)
    return made


@pytest.fixture(scope="module")
def total(pool: Pool, store: FolderStore) -> Exercise:
    made = exercise(THIRD)
    compute(made, pool, store)
    return made


def own(**sources: str) -> dict[str, Own]:
    names = {"clipped": FIRST, "twice": SECOND}
    return {
        names[key]: Own(source=source, mark="7", told="passed on 3 March") for key, source in sources.items()
    }


WRONG = "def clipped(x):\n    return x\n"
"""Right only where nothing is to be clipped."""


def test_the_official_pieces_are_there_unless_somebody_brings_others(
    total: Exercise, pool: Pool, store: FolderStore
) -> None:
    verdict = verdict_of(total, TOTAL, pool, store)
    assert verdict.word == "passed"
    assert [(p.exercise, p.module, p.own, p.digest) for p in verdict.pieces] == [
        (FIRST, "clipped", False, digest_of(CLIPPED)),
        (SECOND, "twice", False, digest_of(TWICE)),
    ]
    mine = CLIPPED + "# mine\n"
    verdict = verdict_of(total, TOTAL, pool, store, using=own(clipped=mine))
    assert verdict.word == "passed"
    first, second = verdict.pieces
    assert (first.own, first.mark, first.digest, second.own) == (True, "7", digest_of(mine), False)
    assert verdict.for_learner()["pieces"][0]["digest"] == digest_of(mine)


def test_a_wrong_piece_is_named_only_where_the_official_one_passes(
    total: Exercise, pool: Pool, store: FolderStore
) -> None:
    verdict = verdict_of(total, TOTAL, pool, store, using=own(clipped=WRONG, twice=TWICE))
    assert (verdict.word, verdict.points) == ("failed", 0)
    assert verdict.diagnosis == (
        "With the official `clipped` these checks pass: look at your `clipped` from 4.1 (passed on 3 March). "
        "The checks of 4.1 did not notice what is wrong with it."
    )
    # Both are wrong, each of them alone would be enough: nobody is named.
    both = own(clipped=WRONG, twice=TWICE.replace("2 * x", "3 * x"))
    assert verdict_of(total, TOTAL, pool, store, using=both).diagnosis == ""
    # The learner's new code is wrong, their pieces are right: it is the new code's mistake that is told.
    wrong = verdict_of(
        total, TOTAL.replace(".sum(axis=-1)", ".sum()"), pool, store, using=own(clipped=CLIPPED)
    )
    assert wrong.diagnosis == "Mistake 3."
    # A Run finds the same on what it may see.
    run = verdict_of(total, TOTAL, pool, store, using=own(clipped=WRONG), kind=Kind.RUN)
    assert run.diagnosis.startswith("With the official `clipped` this check passes:")


def test_what_is_blamed_says_nothing_of_hidden_inputs(
    total: Exercise, pool: Pool, store: FolderStore
) -> None:
    loud = "def clipped(x):\n    print('saw', x)\n    return x\n"
    events = events_of(total, TOTAL, pool, store, using=own(clipped=loud))
    said = "".join(event.data["text"] for event in events if event.kind == "output")
    visible = said.count("saw")
    assert visible == 1, "the visible check's one call, and none of those of the boxes after it"


def test_own_code_that_cannot_begin_with_an_earlier_piece(
    total: Exercise, pool: Pool, store: FolderStore
) -> None:
    source = TOTAL + "\nimport numpy\n\ntotal(numpy.ones((2, 2)))\n"
    broken = "def clipped(x):\n    y = 1\n    return y / 0\n"
    verdict = verdict_of(total, source, pool, store, using=own(clipped=broken))
    assert verdict.word == "crashed"
    assert verdict.error is not None
    assert verdict.error.line == 5, "the innermost line of the text in the editor"
    assert "clipped.py:3, in clipped\n    return y / 0" in verdict.error.traceback
    assert "twice.py:5, in twice" in verdict.error.traceback
    assert verdict.diagnosis.startswith("With the official `clipped` your code runs: look at your `clipped`")


def test_each_piece_has_its_own_names_and_its_own_fence(
    twice: Exercise, pool: Pool, store: FolderStore
) -> None:
    # 4.1 forbids numpy.clip and gives LIMIT; 4.2 forbids numpy.minimum and gives nothing.
    source = (
        "import sys\nimport mylib.clipped as piece\nfrom mylib.clipped import clipped\n"
        "assert piece.__name__ == 'mylib.clipped' and piece.LIMIT == 8.0 and 'LIMIT' not in globals()\n"
        "assert sys.modules['mylib.clipped'] is piece and clipped.__module__ == 'mylib.clipped'\n"
        "def twice(x):\n    return clipped(2 * x)\n"
    )
    assert verdict_of(twice, source, pool, store).word == "passed"
    mine = own(clipped=CLIPPED.replace("return np", "return 0 + np"))
    assert verdict_of(twice, TWICE, pool, store, using=mine).word == "passed", "what 4.2 forbids, 4.1 allows"
    library = own(clipped="import numpy as np\n\n\ndef clipped(x):\n    return np.clip(x, -8, 8)\n")
    verdict = verdict_of(twice, TWICE, pool, store, using=library)
    assert verdict.word == "not_gradable"
    assert verdict.message.startswith("In your `clipped` from 4.1: Line 5 uses `numpy.clip`")
    assert verdict.error is not None
    assert verdict.error.line is None


def test_a_piece_that_does_not_run_is_named_and_costs_no_try(
    twice: Exercise, pool: Pool, store: FolderStore
) -> None:
    for source, said in (
        ("x = 1\nraise ValueError('no')\n", "stopped with ValueError: no (clipped.py, line 2) before"),
        ("while True:\n    pass\n", "did not come to its end in time before"),
        ("import os\nos._exit(0)\n", "ended the Python process before"),
    ):
        verdict = verdict_of(twice, TWICE, pool, store, using=own(clipped=source))
        assert verdict.word == "not_gradable"
        assert verdict.message.startswith(
            f"`mylib.clipped`, your `clipped` from 4.1, {said} your code began."
        )
        assert {probe.word for probe in verdict.probes} == {"not_run"}


def test_a_piece_is_silent_while_it_is_made(twice: Exercise, pool: Pool, store: FolderStore) -> None:
    chatty = (
        "import tracker\nprint('a secret of the piece' * 20000)\ntracker.init(lr=3)\ntracker.log(1, loss=2)\n"
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\n" + CLIPPED
    )
    source = "import tracker\ntracker.log(1, mine=1)\nprint('mine')\n" + TWICE
    events = events_of(twice, source, pool, store, using=own(clipped=chatty))
    told = [event for event in events if event.kind in ("output", "figure", "metric", "config", "drawing")]
    assert [event.data for event in told] == [
        {"metric": {"step": 1, "values": {"mine": 1.0}}},
        {"text": "mine\n"},
    ] or [event.data for event in told] == [
        {"text": "mine\n"},
        {"metric": {"step": 1, "values": {"mine": 1.0}}},
    ]
    last: Verdict = events[-1].verdict  # type: ignore[attr-defined]
    assert last.word == "passed"


def test_the_gate_swaps_in_one_alternative_at_a_time(total: Exercise, pool: Pool, store: FolderStore) -> None:
    found = verify(total, pool, store)
    assert found.problems == []
    # Three answers, with each of two alternatives of each of two pieces.
    assert found.to_json()["pieces"] == {"passed": 12, "total": 12}
    assert found.kill_rate == 1.0


def test_the_gate_names_a_piece_that_a_right_answer_does_not_get_on_with(pool: Pool, tmp_path: Path) -> None:
    # A right alternative of 4.1 that takes arrays only; and 4.2 hands it one number at a time.
    picky = (
        '"""Arrays only."""\nimport numpy as np\n\n\n'
        "def clipped(x):\n    x[...]\n    return np.sign(x) * np.minimum(abs(x), LIMIT)\n"
    )
    one = "np.vectorize(lambda v: clipped(2 * float(v)))(x)"
    changed = {
        "reference.py": "import numpy as np\n" + TWICE.replace("clipped(2 * x)", one),
        "mutants.toml": COURSE[SECOND]["mutants.toml"].replace('"clipped(2 * x)"\nwith', f'"{one}"\nwith'),
    }
    files = course(first={"alternatives/where.py": picky}, second=changed)
    found = verify(exercise(SECOND, files), pool, FolderStore(tmp_path))
    assert any(
        problem.startswith(
            f"{SECOND}: with the alternative `where` of {FIRST} as `mylib.clipped` the reference fails at"
        )
        for problem in found.problems
    )
    assert found.pieces["passed"] < found.pieces["total"]


def test_the_command_line_takes_other_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "EXPECTED", tmp_path / "expected")
    monkeypatch.setattr(run, "KEY", tmp_path / "key")
    folder = written(tmp_path / "course") / SECOND
    answer, piece = tmp_path / "answer.py", tmp_path / "piece.py"
    answer.write_text(TWICE)
    piece.write_text(WRONG)
    grade = ["run", str(folder), str(answer), "--sandbox", "bubblewrap"]
    assert main([*grade, "--json"]) == 0
    official = json.loads(capsys.readouterr().out)
    assert (official["word"], official["pieces"][0]["own"]) == ("passed", False)
    assert main([*grade, "--json", "--using", f"clipped={piece}"]) == 0
    mine = json.loads(capsys.readouterr().out)
    assert (mine["word"], mine["pieces"][0]["mark"]) == ("failed", str(piece))
    assert mine["diagnosis"].startswith("With the official `clipped` these checks pass")
    assert main([*grade, "--using", f"clip={piece}"]) == 2
    assert "the pieces of 04-chain/02-twice are: clipped." in capsys.readouterr().err
