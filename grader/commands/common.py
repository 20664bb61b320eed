"""What the commands share: where things lie, a pool to work in, and how they speak."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.exercise.folder import Exercise
from grader.grading.author import authors
from grader.sandbox.choose import choose_backend, prepare
from grader.sandbox.pool import Pool
from grader.verdict import Json

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / (os.environ.get("VAR_DIR") or "var")
HOME = ROOT / (os.environ.get("SANDBOX_HOME") or VAR / "sandbox")
EXPECTED = VAR / "expected"


class UsageError(Exception):
    """Something on the command line cannot be used; one sentence."""


def say(text: str) -> None:
    """A line for the person at the terminal; standard output is for results."""
    sys.stderr.write(text + "\n")


def open_pool(name: str | None, exercises: Sequence[Exercise], *, warm: int = 0) -> Pool:
    """A pool on the chosen back-end, with the libraries and images there that these exercises need."""
    profiles = {exercise.profile for exercise in exercises}
    for profile in sorted(profiles | {authors(exercise) for exercise in exercises}):
        prepare(profile, HOME, name=asked(name), progress=say)
    return Pool(choose_backend(asked(name), home=HOME), warm=dict.fromkeys(profiles, warm))


def asked(name: str | None) -> str | None:
    """The sandbox that the command line or the environment insists on; None: the strongest that works."""
    return name or os.environ.get("SANDBOX") or None


def print_json(data: Json) -> None:
    """One line of strict JSON on standard output."""
    sys.stdout.write(json.dumps(data, allow_nan=False) + "\n")


def progress(done: int, total: int, name: str) -> None:
    """How far the making of expected values is."""
    say(f"expected values: {done} of {total} ({name})")


def shipped() -> list[Path]:
    """The folders of this repository's exercises, in the order of the course."""
    found = (path.parent for path in (ROOT / "exercises").glob("*/*/exercise.toml"))
    return sorted(folder for folder in found if not folder.name.startswith("."))  # not what broke off


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """The texts as files of a new or an empty folder: all of them, or (what breaks off) none."""
    new = not folder.exists()
    within = folder.parent if new else folder
    within.mkdir(parents=True, exist_ok=True)
    beside = _beside(within)
    beside.mkdir()
    moved: list[Path] = []
    try:
        for path, text in files.items():
            target = beside / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
        if new:
            beside.rename(folder)
            return
        for made in sorted(beside.iterdir()):  # somebody's shell may stand in it: it stays the same folder
            made.rename(folder / made.name)
            moved.append(folder / made.name)
        beside.rmdir()
    except BaseException:
        for each in (beside, *moved):
            shutil.rmtree(each) if each.is_dir() else each.unlink(missing_ok=True)
        raise


def write_file(file: Path, data: bytes) -> None:
    """The bytes as a file; what breaks off leaves what was there before. A pipe or a device takes them."""
    if file.exists() and not file.is_file():
        file.write_bytes(data)
        return
    file = file.resolve()
    beside = _beside(file.parent)
    try:
        beside.write_bytes(data)
        if file.exists():
            shutil.copymode(file, beside)
        beside.replace(file)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _beside(folder: Path) -> Path:
    """A hidden name that is free there, for what is not whole yet."""
    return folder / f".new-{secrets.token_hex(4)}"
