"""What the commands share: where things lie, a pool to work in, and how they speak."""

from __future__ import annotations

import json
import os
import sys
import tempfile
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
    return sorted(path.parent for path in (ROOT / "exercises").glob("*/*/exercise.toml"))


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """The texts as files in a new folder, or in one that is empty: all of them or none.

    Raises OSError, also where something lies in that folder by then.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
        whole = Path(beside) / "whole"
        whole.mkdir()
        for path, text in files.items():
            target = whole / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
        whole.rename(folder)


def write_file(file: Path, data: bytes) -> None:
    """The bytes as a file, which takes the place of an older one: whole or not at all. Raises OSError.

    What is no plain file (`/dev/stdout`, a link) is written as it is.
    """
    if file.is_symlink() or (file.exists() and not file.is_file()):
        file.write_bytes(data)
        return
    with tempfile.NamedTemporaryFile(prefix=f".{file.name}.", dir=file.parent, delete=False) as beside:
        part = Path(beside.name)
        try:
            beside.write(data)
            beside.close()
            part.chmod(0o666 & ~_umask())
            part.replace(file)
        except BaseException:
            part.unlink()
            raise


def _umask() -> int:
    """What new files of this process lack in rights; it can only be asked by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
