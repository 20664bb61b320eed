"""The command line's contract: what is printed where, and the exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from grader.__main__ import main
from grader.exercise.folder import Exercise
from grader.proving import gate, record
from grader.sandbox.box import BoxError, Profile
from tests.grader.conftest import EXERCISES
from tests.grader.test_protocol import check

VECTORS = str(EXERCISES / "vectors")
BOX = ("--sandbox", "bubblewrap")


def test_run_prints_one_verdict_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", VECTORS, f"{VECTORS}/reference.py", "--json", *BOX]) == 0
    out = capsys.readouterr().out
    verdict = json.loads(out)
    assert out.count("\n") == 1
    check(verdict)
    assert (verdict["word"], verdict["points"], verdict["sandbox"]) == ("passed", 12, "bubblewrap")


def test_a_failed_submission_is_a_verdict_and_exits_with_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", VECTORS, f"{VECTORS}/mutants/adds.py", *BOX]) == 0
    out = capsys.readouterr().out
    assert out.startswith("failed: Task 1: `scale`")
    assert "You add the factor; scaling multiplies by it." in out


def test_half_a_character_in_the_output_loses_no_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    solution = tmp_path / "answer.py"
    solution.write_text(f"{Path(VECTORS, 'reference.py').read_text()}\nprint('\\ud800 \u00e4')\n")
    assert main(["run", VECTORS, str(solution), "--json", *BOX]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out)["output"].endswith(" \u00e4\n")


def test_ctrl_c_ends_with_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("grader.commands.run.compute", pressed)
    assert main(["run", VECTORS, f"{VECTORS}/reference.py", *BOX]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_visible_asks_only_what_run_asks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", VECTORS, f"{VECTORS}/reference.py", "--visible", "--json", *BOX]) == 0
    verdict = json.loads(capsys.readouterr().out)
    assert verdict["kind"] == "run"
    assert all(probe["visible"] for probe in verdict["probes"])


def test_a_verdict_is_replayed_on_its_seeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solution = f"{VECTORS}/mutants/wrong_axis.py"
    assert main(["run", VECTORS, solution, "--json", *BOX]) == 0
    first = capsys.readouterr().out
    recorded = tmp_path / "verdict.json"
    recorded.write_text(first)
    assert main(["run", VECTORS, solution, "--json", "--replay", str(recorded), *BOX]) == 0
    again = json.loads(capsys.readouterr().out)

    def steady(verdict: dict) -> list:
        return [{**probe, "seconds": None} for probe in verdict["probes"]]

    assert steady(again) == steady(json.loads(first))


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["run", "nowhere/at-all", "solution.py"], "nowhere/at-all: there is no such folder."),
        (["run", VECTORS, "missing.py"], "missing.py: No such file or directory"),
        (["run", VECTORS, f"{VECTORS}/reference.py", "--sandbox", "trust"], "there is no sandbox called"),
        (
            ["run", VECTORS, f"{VECTORS}/reference.py", "--replay", f"{VECTORS}/exercise.toml"],
            "not a verdict that can be replayed",
        ),
        (["sandbox", "--prepare", "abacus"], "there is no profile 'abacus'"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_two(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert line in captured.err


def test_a_verdict_of_another_version_is_not_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = tmp_path / "verdict.json"
    recorded.write_text(json.dumps({"grading_digest": "other", "probes": []}))
    assert main(["run", VECTORS, f"{VECTORS}/reference.py", "--replay", str(recorded), *BOX]) == 2
    assert "another version of the exercise" in capsys.readouterr().err


def test_a_text_named_notebook_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "work.ipynb"
    path.write_text("{}")
    assert main(["run", VECTORS, str(path), *BOX]) == 2
    assert capsys.readouterr().err.startswith(f"{path}: ")


def test_verify_prints_a_line_of_json_for_each_exercise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "basics" / "broken"
    broken.mkdir(parents=True)
    assert main(["verify", str(broken), "--json", *BOX]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    data = json.loads(line)
    assert data["exercise"] == "basics/broken"
    assert data["publishable"] is False
    named = {
        "reference",
        "proofs",
        "starter",
        "alternatives",
        "mutants",
        "cheats",
        "automatic_mutants",
        "seconds",
    }
    assert named <= set(data)


@pytest.mark.parametrize(("later", "code"), [([], 0), (["wrong by itself, too"], 1)])
def test_a_sample_that_fails_beside_others_is_settled_by_a_full_proof_alone(
    later: list[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(record, "is_proven", lambda *_: True)
    asked: list[bool] = []

    def proven(exercise: Exercise, *_: Any, full: bool, **__: Any) -> gate.GateReport:
        asked.append(full)
        problems = later if full else ["an alternative was too slow"]
        return gate.GateReport(exercise.id, sampled=not full, problems=problems)

    monkeypatch.setattr(gate, "verify", proven)
    assert main(["verify", VECTORS, "--json", *BOX]) == code
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["sampled"], line["publishable"]) for line in lines] == [(True, False), (False, not code)]
    assert asked == [False, True]


def test_what_trains_is_settled_by_another_sample(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(record, "is_proven", lambda *_: True)
    asked: list[bool] = []

    def proven(exercise: Exercise, *_: Any, full: bool, **__: Any) -> gate.GateReport:
        asked.append(full)
        return gate.GateReport(exercise.id, sampled=not full, problems=["slow"] if len(asked) == 1 else [])

    monkeypatch.setattr(gate, "verify", proven)
    assert main(["verify", "exercises/12-gpt/06-gpt-addition", "--json", *BOX]) == 0
    assert asked == [False, False]


def test_many_samples_that_fail_are_no_accident(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(record, "is_proven", lambda *_: True)

    def failed(exercise: Exercise, *_: Any, full: bool, **__: Any) -> gate.GateReport:
        assert not full
        return gate.GateReport(exercise.id, sampled=True, problems=["wrong"])

    monkeypatch.setattr(gate, "verify", failed)
    assert main(["verify", *[VECTORS] * 4, "--json", *BOX]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_the_selftest_names_the_sandbox_and_its_walls(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "--selftest", "--json", *BOX]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["sandbox"] == "bubblewrap"
    assert data["usable"] is True
    assert data["walls"]
    assert all(wall["up"] for wall in data["walls"])


def test_what_cannot_be_verified_for_want_of_libraries_is_named_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_torch(profile: Profile, *args: object, **kwargs: object) -> None:
        if profile is Profile.TORCH:
            raise BoxError("pip could not fetch the libraries: no route")

    monkeypatch.setattr("grader.commands.verify.prepare", no_torch)
    folder = "grader/bench/exercises/01-torch-step"
    assert main(["verify", folder, "--json", *BOX]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["exercise"], report["publishable"]) == ("exercises/01-torch-step", False)
    assert "could not be verified: pip could not fetch" in report["problems"][0]
