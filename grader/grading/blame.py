"""Whether an earlier piece of a learner's own is why a task fails.

The failed checks of the first task that has some are asked once more, in a box that shows nothing, with the
official answer in the place of one piece at a time. Only where all of them pass then is that piece named.
It is asked what was asked before; what comes out is one sentence and never a value, and no points change.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence

from grader.exercise.pieces import number_of
from grader.exercise.probes import Probe
from grader.grading.boxes import Boxes, Live
from grader.grading.job import Event
from grader.grading.outcome import Asked, Call
from grader.grading.pieces import Piece
from grader.verdict import Failing, ProbeWord

MOST_ASKED = 3
"""So many failed checks of a task are asked once more; the others most likely fail for the same reason."""

Ask = Callable[[Probe, list[Call], Live], Generator[Event, None, Asked]]
"""Asks a probe in a box and decides what came."""


def blamed(
    boxes: Boxes,
    text: str,
    done: Sequence[Asked],
    twins: Mapping[str, Asked],
    ask: Ask,
    left: Callable[[], bool],
) -> Generator[Event, None, str]:
    """The sentence that names a piece, or nothing. `left`: whether there is time for another box."""
    own = [piece for piece in boxes.pieces if piece.own is not None]
    failed = _failed(done) if own else []
    for piece in own if failed else ():
        if not left() or boxes.again_too_long():
            break
        boxes.stop_if_cancelled()
        if (yield from _pass(boxes, text, piece, failed, twins, ask)):
            these = "this check passes" if len(failed) == 1 else "these checks pass"
            return _sentence(piece, f"{these}")
    return ""


def blamed_at_start(boxes: Boxes, text: str, left: Callable[[], bool]) -> Generator[Event, None, str]:
    """The same where the learner's own cells did not come to their end."""
    for piece in [piece for piece in boxes.pieces if piece.own is not None]:
        if not left() or boxes.again_too_long():
            break
        boxes.stop_if_cancelled()
        live = yield from boxes.open(text, boxes.exercise.limits.memory_mb, pieces=_instead(boxes, piece))
        begun = live.word is None
        yield from boxes.drop(live)
        if begun:
            return _sentence(piece, "your code runs")
    return ""


def _sentence(piece: Piece, what: str) -> str:
    told = f" ({piece.own.told})" if piece.own is not None and piece.own.told else ""
    return (
        f"With the official `{piece.module}` {what}: look at {piece.named}{told}. "
        f"The checks of {number_of(piece.exercise.id)} did not notice what is wrong with it."
    )


def _failed(done: Sequence[Asked]) -> list[Asked]:
    """The failed checks of the first such task that say something about values: none that was right but
    slow, or had a bad habit, none that has a box of its own, and no training, nor what asks for its model."""
    found = [
        asked
        for asked in done
        if not asked.passed
        and not asked.habit
        and asked.word is not ProbeWord.NOT_RUN
        and not (asked.probe.open or asked.probe.after)
        and asked.probe.memory_mb is None
        and not any(call.kind is Failing.SPEED for call in asked.calls)
    ]
    first = min((asked.probe.task for asked in found), default=0)
    return [asked for asked in found if asked.probe.task == first][:MOST_ASKED]


def _instead(boxes: Boxes, piece: Piece) -> list[Piece]:
    return [each.official if each is piece else each for each in boxes.pieces]


def _pass(
    boxes: Boxes,
    text: str,
    piece: Piece,
    failed: Sequence[Asked],
    twins: Mapping[str, Asked],
    ask: Ask,
) -> Generator[Event, None, bool]:
    """Whether all of these checks pass with the official answer instead of this piece."""
    live = yield from boxes.open(text, boxes.exercise.limits.memory_mb, pieces=_instead(boxes, piece))
    good = live.word is None
    for asked in failed:
        if not good:
            break
        twin = twins.get(asked.probe.name)
        same = twin if twin is not None and not twin.passed else asked
        again = yield from ask(asked.probe, [Call(call.seed, call.case) for call in same.calls], live)
        good = again.passed
    yield from boxes.drop(live)
    return good
