"""The pieces of one box: which source each module of `mylib` is made of.

A used exercise's official answer is its reference. A learner's own is what they handed in there and passed;
whoever makes the job says which. All of it is code: it runs in boxes only, each piece as a module of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.exercise.folder import Exercise
from grader.exercise.pieces import PACKAGE, number_of
from grader.grading.source import NOT_COUNTED, check
from grader.verdict import ErrorReport, ProbeWord, UsedPiece


@dataclass(frozen=True, kw_only=True)
class Own:
    """An answer to a used exercise that takes the place of the official one.

    `mark` is what whoever made the job knows it by; `told` says to its learner which one it is.
    """

    source: str
    mark: str = ""
    told: str = ""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One module of `mylib`: the answer to an exercise, official unless it is somebody's own."""

    exercise: Exercise
    own: Own | None = None

    @property
    def module(self) -> str:
        return self.exercise.module

    @property
    def source(self) -> str:
        return self.exercise.reference if self.own is None else self.own.source.removeprefix("\ufeff")

    @property
    def named(self) -> str:
        """What its learner calls it: your `multi_head` from 11.4."""
        whose = "your" if self.own is not None else "the official"
        return f"{whose} `{self.module}` from {number_of(self.exercise.id)}"

    @property
    def official(self) -> Piece:
        """The same module made of the official answer."""
        return replace(self, own=None)

    def used(self) -> UsedPiece:
        """As the verdict records it."""
        return UsedPiece(
            exercise=self.exercise.id,
            module=self.module,
            own=self.own is not None,
            mark=self.own.mark if self.own is not None else "",
            digest=digest_of(self.source),
        )


def digest_of(source: str) -> str:
    """What a piece's source is recorded by."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def pieces_of(exercise: Exercise, using: Mapping[str, Own]) -> tuple[Piece, ...]:
    """All pieces that an exercise's box holds, each after what it imports itself."""
    return tuple(Piece(exercise=used, own=using.get(used.id)) for used in exercise.pieces)


_ENDS = {
    ProbeWord.TIMED_OUT: "did not come to its end in time",
    ProbeWord.OUT_OF_MEMORY: "asked for too much memory",
    ProbeWord.TOO_MUCH_OUTPUT: "said too much",
}


def not_begun(piece: Piece, word: ProbeWord | None, error: ErrorReport | None) -> ErrorReport:
    """A piece that did not run, in the form of an error. Its lines are none of the text in the editor."""
    what = _ENDS.get(word or ProbeWord.CRASHED, "ended the Python process")
    if error is not None and word is ProbeWord.CRASHED:
        what = f"stopped with {error.type}: {error.message}"
        what += f" ({piece.module}.py, line {error.line})" if error.line else ""
    return ErrorReport(
        type=error.type if error is not None else "Piece",
        message=(
            f"`{PACKAGE}.{piece.module}`, {piece.named}, {what} before your code began. Choose another one "
            f"of your answers to {number_of(piece.exercise.id)}, or hand in a new one there. {NOT_COUNTED}"
        ),
        code=error.code if error is not None else "",
        traceback=error.traceback if error is not None else "",
    )


def unreadable(pieces: Sequence[Piece]) -> ErrorReport | None:
    """The first own piece that its own exercise would not run, looked at as when it was handed in there."""
    for piece in pieces:
        problem = check(piece.own.source, piece.exercise) if piece.own is not None else None
        if problem is not None:
            told = replace(problem.error, line=None)
            return replace(told, message=f"In {piece.named}: {problem.error.message}")
    return None
