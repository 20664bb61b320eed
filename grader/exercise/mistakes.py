"""An author's mistake, told as one sentence with the file and the line where it stands."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ExerciseError(ValueError):
    """An exercise that cannot be used as it is. `str()` is `file:line: sentence`."""

    def __init__(self, file: str, line: int | None, sentence: str) -> None:
        self.file = file
        self.line = line
        self.sentence = sentence
        super().__init__(f"{file}:{line}: {sentence}" if line else f"{file}: {sentence}")


def like(name: str, known: Iterable[str]) -> str:
    """ " (is it `near`?)" when a known name is near."""
    near = difflib.get_close_matches(name, list(known), 1)
    return f" (is it `{near[0]}`?)" if near else ""
