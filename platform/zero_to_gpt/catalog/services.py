"""What exercises and lessons still lack after an import, made in boxes, one thing at a time.

Then, while nothing else is to be done, what was used up of the stock of hidden instances.

Workers call `prepare_next()` again and again. Which set is computed by whom is decided by one
conditional UPDATE with a lease, so two workers never do the same and a dead one is replaced.
"""

from __future__ import annotations

import datetime
import hashlib
import logging
import struct
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Now

from grader.exercise import folder as grading
from grader.grading.author import AuthorError, authors, smallest
from grader.grading.job import GraderFault
from grader.notebooks import lessons
from grader.notebooks.markdown import cells_of
from grader.sandbox.box import BoxError, Profile
from grader.sandbox.pool import Pool
from zero_to_gpt.catalog import pieces, stock
from zero_to_gpt.catalog.models import Exercise, ExpectedSet, Figure, Lesson, Revision
from zero_to_gpt.catalog.publishing import few_frames, lesson_html
from zero_to_gpt.catalog.store import DatabaseStore
from zero_to_gpt.fleet.watch import Watch

log = logging.getLogger(__name__)

PREPARE_LEASE = datetime.timedelta(seconds=30)
MOST_ATTEMPTS = 3
PNG = b"\x89PNG\r\n\x1a\n"
FIGURE_BYTES = 2_000_000

STORE = DatabaseStore()
"""The expected values of this process."""


@lru_cache(maxsize=256)
def _parsed(name: str, digest: str) -> grading.Exercise:
    revision = Revision.objects.get(exercise__name=name, digest=digest)
    return grading.from_files(name, revision.files, pieces.find_in(revision))


def graded_by(revision: Revision) -> grading.Exercise:
    """The grader's view of a revision, parsed once per process: revisions are immutable."""
    return _parsed(revision.exercise.name, revision.digest)


def prepare_next(*, pool: Pool) -> bool:
    """Compute one exercise's expected values or execute one lesson. False: nothing is left to do."""
    return _prepare_exercise(pool) or _execute_lesson(pool)


def ensure_expected(*, revision: Revision, pool: Pool) -> None:
    """Fill what this host's box digest lacks right now (the box was rebuilt since). Raises AuthorError."""
    digest = pool.backend.box_digest(Profile(revision.profile))
    if _is_ready(revision.grading_digest, digest) and _is_kept(revision, digest):
        return
    stock.open_exercise(graded_by(revision), pool, STORE)
    ExpectedSet.objects.update_or_create(
        grading_digest=revision.grading_digest,
        box_digest=digest,
        defaults={"state": ExpectedSet.State.READY, "lease_until": None, "trouble": ""},
    )
    _is_ready.cache_clear()


_seen_kept: set[tuple[str, str]] = set()


def _is_kept(revision: Revision, box_digest: str) -> bool:
    """Whether the values of a set that is said to be ready are there: a restored dump has none.

    Looked at once in a process.
    """
    key = (revision.grading_digest, box_digest)
    if key in _seen_kept:
        return True
    try:
        kept = stock.is_kept(graded_by(revision), box_digest, STORE)
    except grading.ExerciseError:  # grading or computing it will say what is wrong
        return True
    if kept:
        _seen_kept.add(key)
    return kept


def refill_next(*, pool: Pool, go_on: Callable[[], bool] = lambda: True) -> bool:
    """Make one batch of hidden instances where most was used up. False: nothing is to be done now.

    What is not open yet comes first, and is made by `prepare_next`.
    """
    found: dict[tuple[str, str], list[stock.Shelf]] = {}
    for shelf in stock.shelves():
        found.setdefault((shelf.grading_digest, shelf.box_digest), []).append(shelf)
    waiting = []
    for exercise in _by_weight(Exercise.objects.published()):
        profile = Profile(exercise.current.profile)
        mine = found.get((exercise.current.grading_digest, pool.backend.box_digest(profile)))
        if mine and pool.backend.has_profile(profile) and not _waits_for_libraries(exercise.current, pool):
            waiting.append((exercise.current, mine))
    for revision, mine in sorted(waiting, key=lambda each: min(shelf.fresh for shelf in each[1])):
        try:
            if stock.refill(graded_by(revision), mine, pool, STORE, go_on=go_on):
                return True
        except (AuthorError, grading.ExerciseError, BoxError) as error:
            if not pool.closing:  # the next batch has other seeds; until then what is there is asked
                log.error("hidden instances of %s: %s", revision, error)
    return False


def dry_stock() -> list[tuple[str, str]]:
    """For staff: (exercise, probe) where the next submission is asked what others were asked before."""
    published: Any = Exercise.objects.published()
    names = {exercise.current.grading_digest: exercise.name for exercise in published}
    dry = [shelf for shelf in stock.shelves() if shelf.dry and shelf.grading_digest in names]
    return [(names[shelf.grading_digest], shelf.probe) for shelf in dry]


@lru_cache(maxsize=1024)
def _is_ready(grading_digest: str, box_digest: str) -> bool:
    return ExpectedSet.objects.filter(
        grading_digest=grading_digest, box_digest=box_digest, state=ExpectedSet.State.READY
    ).exists()


def _prepare_exercise(pool: Pool) -> bool:
    for exercise in _by_weight(Exercise.objects.published()):
        revision = exercise.current
        profile = Profile(revision.profile)
        if not pool.backend.has_profile(profile) or _waits_for_libraries(revision, pool):
            continue
        box_digest = pool.backend.box_digest(profile)
        if _is_ready(revision.grading_digest, box_digest) and not _is_kept(revision, box_digest):
            ExpectedSet.objects.filter(
                grading_digest=revision.grading_digest, box_digest=box_digest, state=ExpectedSet.State.READY
            ).update(state=ExpectedSet.State.WAITING, attempt=0)
            _is_ready.cache_clear()
        claimed = _claim(revision.grading_digest, box_digest)
        if claimed is None:
            continue
        _compute(claimed, revision, pool)
        return True
    return False


def _waits_for_libraries(revision: Revision, pool: Pool) -> bool:
    """Whether its author's box needs libraries that are still being fetched: no attempt is spent on that."""
    try:
        return not pool.backend.has_profile(authors(graded_by(revision)))
    except grading.ExerciseError:  # computing it will say what is wrong
        return False


def _by_weight(exercises: Any) -> list[Any]:
    """Light ones first: numpy before torch, otherwise in course order (sorting is stable)."""
    return sorted(exercises, key=lambda exercise: exercise.current.profile != Profile.NUMPY)


def _claim(grading_digest: str, box_digest: str) -> ExpectedSet | None:
    """The set, if it waits (or its worker died) and nobody else takes it now."""
    wanted, _ = ExpectedSet.objects.get_or_create(grading_digest=grading_digest, box_digest=box_digest)
    if wanted.state in (ExpectedSet.State.READY, ExpectedSet.State.FAILED):
        return None
    free = Q(state=ExpectedSet.State.WAITING) | Q(state=ExpectedSet.State.COMPUTING, lease_until__lt=Now())
    taken = ExpectedSet.objects.filter(free, pk=wanted.pk, attempt=wanted.attempt).update(
        state=ExpectedSet.State.COMPUTING, attempt=F("attempt") + 1, lease_until=Now() + PREPARE_LEASE
    )
    if not taken:
        return None
    wanted.refresh_from_db()
    return wanted


def _compute(claimed: ExpectedSet, revision: Revision, pool: Pool) -> None:
    mine = ExpectedSet.objects.filter(
        pk=claimed.pk, state=ExpectedSet.State.COMPUTING, attempt=claimed.attempt
    )
    began = time.monotonic()

    def renew() -> None:
        mine.update(lease_until=Now() + PREPARE_LEASE)

    try:
        with Watch(renew, every=PREPARE_LEASE.total_seconds() / 4):
            stock.open_exercise(graded_by(revision), pool, STORE)
    except (AuthorError, grading.ExerciseError) as error:
        if pool.closing:  # the box was destroyed because this worker stops
            mine.update(state=ExpectedSet.State.WAITING, lease_until=None)
            return
        # The author's mistake: only a new revision helps.
        log.error("expected values of %s: %s", revision, error)
        mine.update(state=ExpectedSet.State.FAILED, lease_until=None, trouble=str(error))
    except BoxError as error:  # ours: try again, but not for ever
        log.error("expected values of %s, attempt %s: %s", revision, claimed.attempt, error)
        ended = claimed.attempt >= MOST_ATTEMPTS and not pool.closing
        mine.update(
            state=ExpectedSet.State.FAILED if ended else ExpectedSet.State.WAITING,
            lease_until=None,
            trouble=str(error),
        )
    else:
        mine.update(
            state=ExpectedSet.State.READY,
            lease_until=None,
            trouble="",
            seconds=time.monotonic() - began,
        )
        _is_ready.cache_clear()


def _execute_lesson(pool: Pool) -> bool:
    waiting = Lesson.objects.filter(published=True, module__published=True, trouble="").exclude(
        executed_digest=F("source_digest")
    )
    for lesson in waiting.order_by("module__position", "position"):
        code = [cell.source for cell in cells_of(lesson.source) if cell.code]
        profile = smallest(Profile.NUMPY, "\n".join(code))
        if pool.backend.has_profile(profile):
            return _execute(lesson, code, profile, pool)
    return False


def _execute(lesson: Lesson, code: list[str], profile: Profile, pool: Pool) -> bool:
    outputs: list[dict[str, Any]] = []
    if code:
        try:
            outputs = [kept_output(cell) for cell in lessons.run_notebook(code, pool, profile)]
        except (BoxError, GraderFault) as error:  # ours: the next one tries again
            log.error("lesson %s is not executed yet: %s", lesson.slug, error)
            return False
        if pool.closing:
            return False
    failed = next((output["error"] for output in outputs if output["error"]), "")
    # Only if the text is still the one that was executed: an import may have come between.
    mine = Lesson.objects.filter(pk=lesson.pk, source_digest=lesson.source_digest)
    if failed:
        log.error("lesson %s cannot be executed: %s", lesson.slug, failed)
        mine.update(trouble=failed)
        return True
    mine.update(
        outputs=outputs, executed_digest=lesson.source_digest, html=lesson_html(lesson.source, outputs)
    )
    return True


def kept_output(cell: lessons.CellOutputs) -> dict[str, Any]:
    """What one cell showed, with its pictures stored by content."""
    light = [_stored(png) for png in cell.pngs]
    dark = [_stored(png) for png in cell.dark_pngs]
    both = len(light) == len(dark)
    figures = [
        picture | {"dark": dark[at]["digest"] if both and dark[at] else ""}
        for at, picture in enumerate(light)
        if picture
    ]
    error = f"{cell.error.type}: {cell.error.message}" if cell.error else ""
    text = "\n".join(cell.text)
    drawn = few_frames(cell.drawn)
    return {"stdout": cell.stdout, "text": text, "figures": figures, "drawn": drawn, "error": error}


def _stored(png: bytes) -> dict[str, Any]:
    """A picture, kept under its digest; empty if it is none."""
    if not png.startswith(PNG) or not 24 <= len(png) <= FIGURE_BYTES:
        return {}
    digest = hashlib.sha256(png).hexdigest()
    Figure.objects.get_or_create(digest=digest, defaults={"png": png})
    width, height = struct.unpack(">II", png[16:24])  # the header that every PNG begins with
    return {"digest": digest, "width": width, "height": height}
