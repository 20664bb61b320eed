"""One proof, made by a worker: the gate over an exercise's draft, or the cells of a lesson's.

Everything authored runs in boxes. Expected values of a draft stay in memory: they are nobody's until it is
published. Between two steps a proof lets learners go first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from grader.exercise.folder import ExerciseError, from_files
from grader.grading.author import AuthorError, authors, smallest
from grader.grading.expected import MemoryStore
from grader.grading.job import GraderFault
from grader.notebooks import lessons
from grader.proving.gate import verify
from grader.proving.record import grader_digest
from grader.sandbox.box import Box, BoxError, Limits, Profile
from grader.sandbox.pool import Pool
from grader.verdict import State
from zero_to_gpt.authoring import bounded, services
from zero_to_gpt.authoring.models import Proof
from zero_to_gpt.catalog.services import kept_output
from zero_to_gpt.fleet.watch import Watch
from zero_to_gpt.submissions.models import Submission

log = logging.getLogger(__name__)

MOST_SECONDS = 15 * 60.0
"""One proof may not take longer."""
LETS_GO_FIRST = 20.0
"""Seconds that one step waits at most while learners wait for a worker."""


class LastInLine(Pool):
    """The boxes of a pool for work that nobody waits for: each yields the processor from its first moment."""

    def __init__(self, pool: Pool) -> None:
        self.__dict__ = pool.__dict__  # the same boxes, loop and thread, not other ones

    async def lease(self, profile: Profile, limits: Limits | None = None) -> Box:
        box = await super().lease(profile, limits)
        box.yield_to_others()
        return box


class _Stopped(Exception):
    """Its author stopped it, or its time is over; the text says which."""


def make(proof: Proof, pool: Pool, *, going_on: Callable[[], bool] = lambda: True) -> None:
    """Make a claimed proof and record how it ended."""
    began = time.monotonic()
    pool = LastInLine(pool)

    def tell(kind: str, facts: dict[str, Any]) -> None:
        if not going_on():
            raise _Stopped("")
        if time.monotonic() - began > MOST_SECONDS:
            raise _Stopped(
                f"It took more than {MOST_SECONDS / 60:.0f} minutes, which is all that one validation has. "
                "Lower `seeds` or the size of the inputs."
            )
        _let_learners_first(going_on)
        if not services.note(proof, kind, facts):
            raise _Stopped("")

    try:
        with Watch(lambda: services.renew(proof), every=services.LEASE.total_seconds() / 4):
            if proof.exercise is not None:
                _prove(proof, pool, tell)
            else:
                _run_cells(proof, pool)
    except _Stopped as stopped:
        if str(stopped):
            services.end(proof, Proof.State.REFUSED, trouble=str(stopped))
        elif not going_on():
            services.release(proof, "The worker stopped.")
    except (AuthorError, ExerciseError) as error:
        services.end(proof, Proof.State.REFUSED, trouble=str(error))
    except (BoxError, GraderFault) as error:
        log.error("%s: %s", proof, error)
        services.release(proof, str(error))
    except Exception as error:  # ours: told, and never in silence
        log.exception("%s", proof)
        services.release(proof, f"{type(error).__name__}: {error}")


def _prove(proof: Proof, pool: Pool, tell: Callable[[str, dict[str, Any]], None]) -> None:
    name = proof.exercise.name if proof.exercise else ""
    read = bounded.exercise(proof.by_id, name, proof.files)
    if read["facts"] is None:  # it parsed when it was queued; what cannot be read is not read here either
        raise ExerciseError(name, None, read["mistakes"][0][2])
    exercise = from_files(name, proof.files)
    for profile in (exercise.profile, authors(exercise)):
        if not pool.backend.has_profile(profile):
            raise _Stopped(
                f"This host has no libraries for `{profile}` yet. Try again when they are fetched."
            )
    report = verify(exercise, pool, MemoryStore(), tell=tell)
    state = Proof.State.PASSED if report.publishable else Proof.State.REFUSED
    services.end(proof, state, report=report.to_json(), gate=grader_digest())


def _run_cells(proof: Proof, pool: Pool) -> None:
    source = proof.files["lesson.md"]
    read = bounded.lesson(proof.by_id, source, [])
    if "mistake" in read:
        services.end(proof, Proof.State.REFUSED, trouble=read["mistake"])
        return
    code: list[str] = read["code"]
    profile = smallest(Profile.NUMPY, "\n".join(code))
    if not pool.backend.has_profile(profile):
        raise _Stopped(f"This host has no libraries for `{profile}` yet. Try again when they are fetched.")
    outputs = [kept_output(cell) for cell in lessons.run_notebook(code, pool, profile)] if code else []
    failed = next((output["error"] for output in outputs if output["error"]), "")
    state = Proof.State.REFUSED if failed else Proof.State.PASSED
    trouble = f"Cell {len(outputs)} fails. {failed}" if failed else ""
    services.end(proof, state, outputs=outputs, trouble=trouble)


def _let_learners_first(going_on: Callable[[], bool]) -> None:
    """While somebody's submission waits for a worker, the next step waits."""
    until = time.monotonic() + LETS_GO_FIRST
    while going_on() and time.monotonic() < until:
        if not Submission.objects.filter(state=State.QUEUED).exists():
            return
        time.sleep(0.2)
