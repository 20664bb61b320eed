"""One proof, made by a worker: the gate over an exercise's draft, or the cells of a lesson's.

Everything authored runs in boxes. Expected values of a draft stay in memory: they are nobody's until it is
published. Between two steps a proof lets learners go first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from grader.exercise.folder import Exercise, ExerciseError, from_files
from grader.grading.author import AuthorBox, AuthorError, author_source, authors, smallest
from grader.grading.expected import MemoryStore, public_seeds
from grader.grading.job import GraderFault
from grader.notebooks import lessons
from grader.proving.gate import verify
from grader.proving.record import grader_digest
from grader.sandbox.box import Box, BoxError, Limits, Profile
from grader.sandbox.pool import Pool
from grader.verdict import State
from sandbox_images.inside import wire
from zero_to_gpt.authoring import bounded, drafts, proofs
from zero_to_gpt.authoring.models import Proof
from zero_to_gpt.catalog.services import kept_output
from zero_to_gpt.fleet.watch import Watch
from zero_to_gpt.submissions.models import Submission

log = logging.getLogger(__name__)

MOST_SECONDS = 15 * 60.0
"""One proof may not take longer."""
LATE = (
    f"It took more than {MOST_SECONDS / 60:.0f} minutes, which is all that one validation has. Lower "
    "`seeds` or the size of the inputs."
)
LOOK_EVERY_SECONDS = 2.0
MAKE_SECONDS = 10.0
"""One `make` may not take longer; a thousandth of it is usual. The gate has more patience, for all seeds."""
LETS_GO_FIRST = 20.0
"""Seconds that one step waits at most while learners wait for a worker."""


class LastInLine(Pool):
    """The boxes of a pool for one proof: each yields the processor from its first moment, and all can be
    ended together, whatever is asked of them.
    """

    __slots__ = ("_ended", "_taken")

    def __init__(self, pool: Pool) -> None:
        self.__dict__ = pool.__dict__  # the same boxes, loop and thread, not other ones
        self._taken: list[Box] = []
        self._ended = False

    async def lease(self, profile: Profile, limits: Limits | None = None) -> Box:
        if self._ended:
            raise BoxError("this proof has ended")
        box = await super().lease(profile, limits)
        box.yield_to_others()
        self._taken = [one for one in self._taken if not one.dead.is_set()] + [box]
        return box

    def end(self) -> None:
        """Kill the boxes that this proof has, and make no more."""
        self.run(self._end())

    async def _end(self) -> None:
        self._ended = True
        for box in self._taken:
            await box.kill()


class _Refused(Exception):
    """It cannot be proven here; the text says why."""


def make(proof: Proof, pool: Pool, *, going_on: Callable[[], bool] = lambda: True) -> None:
    """Make a claimed proof and record how it ended."""
    began = time.monotonic()
    boxes = LastInLine(pool)
    why: list[str] = []

    def look() -> None:
        """Ends the boxes when the proof was stopped, the worker stops or the time is over."""
        if why:
            return
        if not going_on():
            why.append("stopping")
        elif time.monotonic() - began > MOST_SECONDS:
            why.append("late")
        elif not proofs.renew(proof):
            why.append("stopped")
        if why:
            boxes.end()

    def tell(kind: str, facts: dict[str, Any]) -> None:
        look()
        if why or not proofs.note(proof, kind, facts):
            raise BoxError("this proof has ended")
        _let_learners_first(going_on)

    try:
        with Watch(look, every=LOOK_EVERY_SECONDS):
            if proof.exercise is not None:
                _prove(proof, boxes, tell)
            else:
                _run_cells(proof, boxes)
    except (AuthorError, ExerciseError) as error:
        if not why:
            proofs.end(proof, Proof.State.REFUSED, trouble=str(error))
    except _Refused as error:
        proofs.end(proof, Proof.State.REFUSED, trouble=str(error))
    except (BoxError, GraderFault) as error:
        if not why:
            log.error("%s: %s", proof, error)
            proofs.release(proof, str(error))
    except Exception as error:  # ours: told, and never in silence
        log.exception("%s", proof)
        proofs.release(proof, f"{type(error).__name__}: {error}")
    if why == ["late"]:
        proofs.end(proof, Proof.State.REFUSED, trouble=LATE)
    elif why == ["stopping"]:
        proofs.pass_on(proof)


def _prove(proof: Proof, pool: Pool, tell: Callable[[str, dict[str, Any]], None]) -> None:
    if proof.exercise is None:
        raise ValueError("a proof of a lesson")
    name = proof.exercise.name
    others = drafts.mentioned(proof.exercise, proof.files)
    read = drafts.read_files(proof.by_id or 0, proof.exercise, proof.files)
    if read["facts"] is None:  # it parsed when it was queued; what cannot be read is not read here either
        raise ExerciseError(name, None, read["mistakes"][0][2])
    if others and read["facts"]["digest"] != proof.digest:
        raise _Refused("An exercise that this one uses was published meanwhile. Validate it again.")
    exercise = from_files(name, proof.files, lambda used: others[used].files if used in others else None)
    for profile in (exercise.profile, authors(exercise)):
        if not pool.backend.has_profile(profile):
            raise _Refused(
                f"This host has no libraries for `{profile}` yet. Try again when they are fetched."
            )
    _make_once(exercise, pool)
    report = verify(exercise, pool, MemoryStore(), tell=tell)
    state = Proof.State.PASSED if report.publishable else Proof.State.REFUSED
    proofs.end(proof, state, report=report.to_json(), gate=grader_digest())


def _make_once(exercise: Exercise, pool: Pool) -> None:
    """Each probe's `make` on one seed: what never ends is told at once. Raises AuthorError."""
    with AuthorBox(pool, exercise, solution=exercise.reference) as box:
        for probe in exercise.probes:
            seed = wire.encode(public_seeds(probe)[0])
            box.ask(probe, author_source(probe, "make"), [seed], what="make", seconds=MAKE_SECONDS)


def _run_cells(proof: Proof, pool: Pool) -> None:
    source = proof.files["lesson.md"]
    read = bounded.lesson(proof.by_id or 0, source, [])
    if "mistake" in read:
        proofs.end(proof, Proof.State.REFUSED, trouble=read["mistake"])
        return
    code: list[str] = read["code"]
    profile = smallest(Profile.NUMPY, "\n".join(code))
    if not pool.backend.has_profile(profile):
        raise _Refused(f"This host has no libraries for `{profile}` yet. Try again when they are fetched.")
    outputs = [kept_output(cell) for cell in lessons.run_notebook(code, pool, profile)] if code else []
    failed = next((output["error"] for output in outputs if output["error"]), "")
    state = Proof.State.REFUSED if failed else Proof.State.PASSED
    trouble = f"Cell {len(outputs)} fails. {failed}" if failed else ""
    proofs.end(proof, state, outputs=outputs, trouble=trouble)


def _let_learners_first(going_on: Callable[[], bool]) -> None:
    """While somebody's submission waits for a worker, the next step waits."""
    until = time.monotonic() + LETS_GO_FIRST
    while going_on() and time.monotonic() < until:
        if not Submission.objects.filter(state=State.QUEUED).exists():
            return
        time.sleep(0.2)
