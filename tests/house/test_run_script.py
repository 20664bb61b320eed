"""The script `run`: short enough to read, and `./run test` leaves no kind of test out."""

from __future__ import annotations

import re
import subprocess

from tests.house.repository import ROOT, read


def kinds() -> set[str]:
    found = re.search(r'local kinds="([^"]+)"', read("tests/run.sh"))
    assert found
    return set(found.group(1).split())


def test_it_is_at_most_120_lines() -> None:
    assert read("run").count("\n") <= 120


def test_every_folder_of_tests_is_a_kind_that_runs() -> None:
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/__init__.py")}
    assert folders - kinds() == set()


def test_every_kind_is_a_folder_of_tests_or_a_tool() -> None:
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/__init__.py")}
    assert kinds() - folders == {"lint", "frontend", "content"}


def test_help_names_every_kind() -> None:
    shown = subprocess.run([ROOT / "run", "help"], check=True, capture_output=True, text=True).stdout
    assert [kind for kind in sorted(kinds()) if not re.search(rf"\b{kind}\b", shown)] == []


def test_an_unknown_word_shows_the_help_and_fails() -> None:
    asked = subprocess.run([ROOT / "run", "nonsense"], check=False, capture_output=True, text=True)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert "./run test" in asked.stderr


def test_an_unknown_kind_of_test_is_refused_before_anything_is_installed() -> None:
    asked = subprocess.run([ROOT / "run", "test", "nonsense"], check=False, capture_output=True, text=True)
    assert asked.returncode != 0
    assert "nonsense" in asked.stderr
    assert asked.stdout == ""


def test_continuous_integration_runs_everything() -> None:
    assert "CI=true exec ./run test\n" in read(".ci/run")
