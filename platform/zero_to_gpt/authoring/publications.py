"""What learners meet of a course that is written here.

Decided by `publish` and `roll_back` alone, and by whether a part is shown (structure.py).
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction

from grader.proving.record import grader_digest
from zero_to_gpt.accounts.models import DeedKind, User
from zero_to_gpt.accounts.record import note
from zero_to_gpt.authoring import bounded
from zero_to_gpt.authoring.drafts import draft_digest, lesson_digest, lesson_draft_of, mentioned, read_files
from zero_to_gpt.authoring.models import LessonPublication, Proof, Publication
from zero_to_gpt.authoring.refusals import Refused
from zero_to_gpt.catalog import passages, pieces
from zero_to_gpt.catalog.models import Course, Exercise, Lesson, Revision
from zero_to_gpt.catalog.rendering import renderer_digest
from zero_to_gpt.celery import app

log = logging.getLogger(__name__)


def publish(*, exercise: Exercise, proof: Proof, by: User) -> Revision:
    """Make what was proven the exercise that learners meet. Raises Refused.

    Decided here and by digest: the texts are those of the proof, whatever a page sends.
    """
    if proof.exercise_id != exercise.pk or proof.state != Proof.State.PASSED:
        raise Refused("Only what the gate let pass is published. Validate it first.")
    if proof.gate != grader_digest():
        raise Refused("The gate has changed since this was validated. Validate it again.")
    read = read_files(by.pk, exercise, proof.files)
    facts = read["facts"]
    if facts is None or facts["digest"] != proof.digest:
        raise Refused("This is not the text that was validated. Validate it again.")
    if draft_digest(exercise, by) != proof.digest:
        raise Refused("The draft has changed since it was validated. Validate it again.")
    names = names_in(exercise.module.course)
    fields: dict[str, Any] = {name: facts[name] for name in _KEPT}
    fields |= {
        "requires": [names[name] for name in facts["requires"] if name in names],
        "uses": pieces.pinned(facts["uses"], mentioned(exercise, proof.files)),
        "probe_count": len(facts["probes"]),
        "task_html": read["task_html"],
        "tasks": facts["tasks"],
        "solution": facts["solution"],
        "rendered_with": renderer_digest(),
        "kill_rate": _kill_rate(proof.report),
    }
    with transaction.atomic():
        now = Exercise.objects.select_for_update(no_key=True).only("current", "published").get(pk=exercise.pk)
        revision = Revision.objects.filter(exercise=exercise, digest=proof.digest).first()
        if revision is not None and revision.pk == now.current_id and now.published:
            raise Refused("This is what learners meet already.")
        if revision is None:
            revision = Revision(exercise=exercise, digest=proof.digest, **fields)
            revision.save()
        make_current(exercise, revision, by, Publication.How.PUBLISHED)
    return revision


_KEPT = (
    "grading_digest", "files", "title", "summary", "minutes", "profile", "device", "starter", "given",
)  # fmt: skip


def roll_back(*, exercise: Exercise, revision: Revision, by: User) -> None:
    """Let learners meet an earlier revision again. It was proven when it was published."""
    if not Publication.objects.filter(exercise=exercise, revision=revision).exists():
        raise Refused("This was never published.")
    with transaction.atomic():
        make_current(exercise, revision, by, Publication.How.ROLLED_BACK)


def publish_lesson(*, lesson: Lesson, proof: Proof, by: User) -> None:
    """Show learners the lesson whose cells ran. Raises Refused."""
    if proof.lesson_id != lesson.pk or proof.state != Proof.State.PASSED:
        raise Refused("Only a lesson whose cells ran without an error is published. Run them first.")
    source = proof.files["lesson.md"]
    if lesson_draft_of(lesson).source != source:
        raise Refused("The text has changed since its cells ran. Run them again.")
    _show_lesson(lesson, source, proof.outputs, by)


def roll_back_lesson(*, lesson: Lesson, publication: LessonPublication, by: User) -> None:
    """Show an earlier text of a lesson again, with what its cells showed then."""
    _show_lesson(lesson, publication.source, publication.outputs, by)


def _show_lesson(lesson: Lesson, source: str, outputs: list[dict[str, Any]], by: User) -> None:
    read = bounded.lesson(by.pk, source, outputs)
    if "mistake" in read:
        raise Refused(read["mistake"])
    digest = lesson_digest(source)
    with transaction.atomic():
        Lesson.objects.filter(pk=lesson.pk).update(
            title=read["title"],
            source=source,
            source_digest=digest,
            executed_digest=digest,
            outputs=outputs,
            html=read["html"],
            rendered_with=renderer_digest(),
            trouble="",
            published=True,
        )
        LessonPublication.objects.create(lesson=lesson, source=source, outputs=outputs, by=by)
        note(DeedKind.PUBLISHED, who=by, about=f"{lesson.module.slug}/{lesson.slug}", detail="a lesson")
        transaction.on_commit(passages.refresh)


def make_current(exercise: Exercise, revision: Revision, by: User, how: Publication.How) -> None:
    Exercise.objects.filter(pk=exercise.pk).update(current=revision, published=True)
    Publication.objects.create(exercise=exercise, revision=revision, by=by, how=how)
    if how is not Publication.How.COPIED:  # a whole course at once, which nobody follows yet
        note(DeedKind.PUBLISHED, who=by, about=exercise.name, detail=how.label.lower())
    transaction.on_commit(passages.refresh)
    transaction.on_commit(_prepare)


def _prepare() -> None:
    """Its expected values are made at once where a worker hears; the schedule asks again anyway."""
    try:
        app.send_task("catalog.prepare", queue="regrade", retry=False)
    except Exception:  # as in `proofs.ring_bell`
        log.warning("could not ring for preparation", exc_info=True)


def _kill_rate(report: dict[str, Any]) -> float | None:
    counted = [report.get(name) or {} for name in ("mutants", "automatic_mutants")]
    total = sum(count.get("total", 0) - count.get("equivalent", 0) for count in counted)
    return sum(count.get("killed", 0) for count in counted) / total if total else None


def names_in(course: Course) -> dict[str, str]:
    """What `requires` may call an exercise of this course: its name, or that of what it was copied from."""
    found: dict[str, str] = {}
    for name, origin in Exercise.objects.filter(module__course=course).values_list(
        "name", "copied_from__name"
    ):
        if origin:
            found[origin] = name
        found[name] = name
    return found
