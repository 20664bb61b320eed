"""Asks the process that reads authors' texts (reading.py). What a text may cost is decided here.

There are two such processes in a server, started when first needed, and one author is read by one of them
at a time: who writes what takes for ever waits for themselves, learners never.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.urls import reverse

from grader.exercise.mistakes import ExerciseError
from grader.exercise.reader import Reader, TooMuchError
from grader.exercise.trees import LARGEST_TEXT
from grader.notebooks import exchange

SECONDS = 4
"""Of processor time for one exercise or lesson; the longest of ours takes a tenth of it."""
MOST_FILES = 80
MOST_BYTES = 2 * 1024 * 1024
LARGEST_FILE = LARGEST_TEXT

_PROGRAM = (
    "-I", "-B", "-c",
    "import sys; sys.path[:0] = [sys.argv[1] + '/platform', sys.argv[1]]; "
    "from zero_to_gpt.authoring import reading; reading.serve()",
)  # fmt: skip
_readers = (Reader(_PROGRAM), Reader(_PROGRAM))
_lock = threading.Lock()
_reading_for: set[int] = set()


class BusyError(Exception):
    """A text of this author is being read already."""


def exercise(
    author: int, name: str, files: dict[str, str], others: dict[str, dict[str, str]] | None = None
) -> dict[str, Any]:
    """What `reading.exercise` says; a text that cannot be read is a mistake like others. Raises BusyError.

    `others`: the files of exercises that it may use.
    """
    try:
        found: dict[str, Any] = _ask(author, "exercise", name=name, files=files, others=others or {})
    except (TooMuchError, ExerciseError):
        sentence = (
            f"reading and showing these texts takes more than {SECONDS} seconds or too much memory: "
            "look for a very long formula, a very deep nesting or a huge table."
        )
        return unread(sentence)
    return found


def unread(sentence: str) -> dict[str, Any]:
    """What is known of an exercise that was not read, for one reason."""
    return {"mistakes": [["", None, sentence]], "blanks": [], "task_html": "", "facts": None}


def lesson(author: int, source: str, outputs: list[dict[str, Any]]) -> dict[str, Any]:
    """What `reading.lesson` says. Raises BusyError."""
    figures = reverse("figure", args=["DIGEST"])
    try:
        found: dict[str, Any] = _ask(author, "lesson", source=source, outputs=outputs, figures=figures)
    except (TooMuchError, ExerciseError):
        return {
            "mistake": f"Showing this text takes more than {SECONDS} seconds or too much memory: look for a "
            "very long formula, a very deep nesting or a huge table."
        }
    return found


def notebook(author: int, data: bytes, name: str) -> exchange.Incoming:
    """What an author's notebook holds. Raises exchange.NotebookError and BusyError."""
    try:
        found: dict[str, Any] = _ask(author, "notebook", data=data, name=name[:200])
    except (TooMuchError, ExerciseError):
        raise exchange.NotebookError(
            f"Reading this notebook takes more than {SECONDS} seconds or too much memory: bring it in parts."
        ) from None
    return exchange.taken(found)


def _ask(author: int, what: str, **given: Any) -> Any:
    with _one_at_a_time(author):
        free = next((one for one in _readers if not one.busy), _readers[author % len(_readers)])
        return free.ask(what, seconds=SECONDS, **given)


@contextmanager
def _one_at_a_time(author: int) -> Iterator[None]:
    with _lock:
        if author in _reading_for:
            raise BusyError
        _reading_for.add(author)
    try:
        yield
    finally:
        with _lock:
            _reading_for.discard(author)


def close() -> None:
    """End the reading processes; a later request starts another one."""
    for one in _readers:
        one.close()


def _forget() -> None:
    """In a fork: the processes belong to the parent."""
    for one in _readers:
        one.forget()


atexit.register(close)
os.register_at_fork(after_in_child=_forget)
