"""Everything that changes a draft, a proof or what is published of a course that is written here.

What learners meet is decided by `publish` and `roll_back` alone, and by whether a part is shown
(structure.py).
"""

from __future__ import annotations

import datetime
import hashlib
import logging
import re
from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Now
from django.utils import timezone

from grader import templates
from grader.proving.record import grader_digest
from zero_to_gpt.accounts.models import User
from zero_to_gpt.authoring import bounded
from zero_to_gpt.authoring.models import (
    ExerciseDraft,
    LessonDraft,
    LessonPublication,
    Proof,
    Publication,
    Step,
)
from zero_to_gpt.catalog import pieces
from zero_to_gpt.catalog.models import Course, Exercise, Lesson, Revision
from zero_to_gpt.catalog.rendering import renderer_digest
from zero_to_gpt.celery import app

log = logging.getLogger(__name__)

LEASE = datetime.timedelta(seconds=60)
MOST_ATTEMPTS = 2
RING_AGAIN_AFTER = datetime.timedelta(seconds=30)
KEEP_PROOFS = 20
"""Of one exercise or lesson; older ones go, what was published stays."""
_FILE = re.compile(
    r"exercise\.toml|task\.md|(?:starter|reference|probes|given)\.py|(?:mutants|equivalent)\.toml"
    r"|(?:alternatives|mutants)/[A-Za-z_][A-Za-z0-9_]{0,79}\.py"
)
NEEDED = ("exercise.toml", "task.md", "starter.py", "reference.py", "probes.py")


class Refused(Exception):
    """A request that cannot be taken. `text` is for the author, `code` and `status` (HTTP's) for the page."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Overtaken(Refused):
    """Somebody else saved in between."""

    code = "overtaken"
    status = 409


class TooMuch(Refused):
    """The author's budget, or the size of what they sent."""

    code = "too_much"
    status = 413


# ---- drafts --------------------------------------------------------------------------------------------


def check_files(files: dict[str, str]) -> dict[str, str]:
    """The files of a draft with plain line ends. Raises Refused with one sentence."""
    if len(files) > bounded.MOST_FILES:
        raise TooMuch(f"An exercise has {bounded.MOST_FILES} files at most; these are {len(files)}.")
    checked: dict[str, str] = {}
    total = 0
    for path in sorted(files):
        text = files[path].replace("\r\n", "\n").replace("\r", "\n")
        if not _FILE.fullmatch(path):
            raise Refused(
                f"`{path[:100]}` is no file of an exercise. There are {', '.join(NEEDED)}, given.py, "
                "mutants.toml, equivalent.toml, and .py files in alternatives/ and mutants/."
            )
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            raise Refused(f"`{path}` is not valid UTF-8 text.") from None
        if "\0" in text:
            raise Refused(f"`{path}` holds a NUL character.")
        if size > bounded.LARGEST_FILE:
            raise TooMuch(f"`{path}` has {size // 1024} kB; {bounded.LARGEST_FILE // 1024} are read.")
        total += size
        checked[path] = text
    if total > bounded.MOST_BYTES:
        raise TooMuch(f"The files have {total // 1024} kB together; {bounded.MOST_BYTES // 1024} are kept.")
    return checked


def draft_of(exercise: Exercise) -> ExerciseDraft:
    """The draft, or (not saved) what is published as the beginning of one."""
    found = ExerciseDraft.objects.filter(exercise=exercise).select_related("by").first()
    if found is not None:
        return found
    files = dict(exercise.current.files) if exercise.current else {}
    return ExerciseDraft(exercise=exercise, files=files, version=0)


def template(*, like: str, title: str) -> dict[str, str]:
    """The files of a new exercise with blanks to write. Raises Refused."""
    try:
        return templates.new(like, title)
    except templates.TemplateError as error:
        raise Refused(str(error)) from None


def save_files(*, exercise: Exercise, files: dict[str, str], version: int | None, by: User) -> ExerciseDraft:
    """Keep all files of a draft. `version` is the one that was changed: Overtaken if it is not the last."""
    checked = check_files(files)
    with transaction.atomic():
        if version == 0 and not ExerciseDraft.objects.filter(exercise=exercise).exists():
            return ExerciseDraft.objects.create(exercise=exercise, files=checked, by=by)
        mine = ExerciseDraft.objects.filter(exercise=exercise)
        if version is not None:
            mine = mine.filter(version=version)
        changed = mine.update(files=checked, version=F("version") + 1, by=by, updated=Now())
        if not changed and version is None:
            return ExerciseDraft.objects.create(exercise=exercise, files=checked, by=by)
        if not changed:
            last = draft_of(exercise)
            raise Overtaken(
                f"{last.by.name if last.by else 'Somebody'} saved this exercise after you opened it. "
                "Download your files as a zip if you need them, and reload to see the others."
            )
        return ExerciseDraft.objects.get(exercise=exercise)


def lesson_draft_of(lesson: Lesson) -> LessonDraft:
    """The draft, or (not saved) what is published as the beginning of one."""
    found = LessonDraft.objects.filter(lesson=lesson).select_related("by").first()
    return found or LessonDraft(lesson=lesson, source=lesson.source, version=0)


def check_source(source: str) -> str:
    """A lesson's text with plain line ends. Raises Refused."""
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise Refused("This is not valid UTF-8 text.") from None
    if "\0" in text:
        raise Refused("The text holds a NUL character.")
    if size > bounded.LARGEST_FILE:
        raise TooMuch(f"A lesson has {bounded.LARGEST_FILE // 1024} kB at most; this has {size // 1024}.")
    return text


def save_lesson(*, lesson: Lesson, source: str, version: int | None, by: User) -> LessonDraft:
    """Keep the text of a lesson; as `save_files`."""
    text = check_source(source)
    with transaction.atomic():
        mine = LessonDraft.objects.filter(lesson=lesson)
        if not mine.exists():
            return LessonDraft.objects.create(lesson=lesson, source=text, by=by)
        if version is not None:
            mine = mine.filter(version=version)
        if not mine.update(source=text, version=F("version") + 1, by=by, updated=Now()):
            raise Overtaken("Somebody saved this lesson after you opened it. Reload to see their text.")
        return LessonDraft.objects.get(lesson=lesson)


def mentioned(exercise: Exercise, files: dict[str, str]) -> dict[str, Revision]:
    """What an exercise with these files may use: of its own course, as it is published now."""
    return pieces.mentioned(exercise.module.course, files.get("exercise.toml", ""))


def read_files(author: int, exercise: Exercise, files: dict[str, str]) -> dict[str, Any]:
    """What `bounded.exercise` says of files of an exercise, together with those that it uses."""
    others = {name: dict(revision.files) for name, revision in mentioned(exercise, files).items()}
    return bounded.exercise(author, exercise.name, files, others)


# ---- proofs --------------------------------------------------------------------------------------------


def ask_proof(*, exercise: Exercise, by: User) -> Proof:
    """Queue the gate over the draft as it stands. Raises Refused."""
    draft = draft_of(exercise)
    read = read_files(by.pk, exercise, draft.files)
    if read["facts"] is None:
        file, line, sentence = read["mistakes"][0]
        place = f"{file}{f', line {line}' if line else ''}: " if file else ""
        raise Refused(f"This cannot be read yet. {place}{sentence}")
    if blanks := read["blanks"]:
        file, line, sentence = blanks[0]
        raise Refused(f"{len(blanks)} lines are not written yet. {file}, line {line}: {sentence}")
    facts = read["facts"]
    return _queue(by, exercise=exercise, files=facts["files"], digest=facts["digest"])


def ask_cells(*, lesson: Lesson, by: User) -> Proof:
    """Queue the cells of a lesson's draft. Raises Refused."""
    draft = lesson_draft_of(lesson)
    read = bounded.lesson(by.pk, draft.source, [])
    if "mistake" in read:
        raise Refused(read["mistake"])
    files = {"lesson.md": draft.source}
    return _queue(by, lesson=lesson, files=files, digest=lesson_digest(draft.source))


def lesson_digest(source: str) -> str:
    """Of a lesson's text, as the catalogue keeps it."""
    return hashlib.sha256(source.encode()).hexdigest()


def _queue(by: User, *, files: dict[str, str], digest: str, **of: Any) -> Proof:
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        mine = Proof.objects.filter(by=by)
        if mine.active().exists():
            raise TooMuch("Something of yours is being validated already. Wait for it, or stop it.")
        used = seconds_used(by)
        if used >= settings.PROOF_MINUTES * 60:
            raise TooMuch(
                f"You have used the {settings.PROOF_MINUTES} minutes of validation that one author has in a "
                "day. More come back as the day goes on."
            )
        proof = Proof.objects.create(by=by, files=files, digest=digest, **of)
        old = Proof.objects.filter(**of).order_by("-pk").values_list("pk", flat=True)[KEEP_PROOFS:]
        Proof.objects.filter(pk__in=list(old)).exclude(state=Proof.State.RUNNING).delete()
        transaction.on_commit(lambda: ring_bell(proof.pk))
    return proof


def seconds_used(by: User) -> float:
    """How long proofs of this author have taken in the last day."""
    day = timezone.now() - datetime.timedelta(days=1)
    used = Proof.objects.filter(by=by, created__gt=day).aggregate(used=Sum("seconds"))["used"]
    return float(used or 0.0)


def ring_bell(proof_id: int) -> None:
    """Tell some worker. A lost message does no harm: workers look every few seconds."""
    try:
        app.send_task("authoring.prove", args=[proof_id], queue="authors", retry=False)
    except Exception:  # any broker may fail in its own way; the row is safe
        log.warning("could not ring for proof %s", proof_id, exc_info=True)


def claim_next() -> Proof | None:
    """The proof to make next, if there is one: of the author who used least today, the oldest first."""
    _give_back()
    waiting = Proof.objects.filter(state=Proof.State.QUEUED).without_texts().select_related("by")
    for proof in sorted(waiting[:100], key=lambda each: (seconds_used(each.by), each.pk)):
        taken = Proof.objects.filter(pk=proof.pk, state=Proof.State.QUEUED).update(
            state=Proof.State.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=Now() + LEASE,
            started=Now(),
        )
        if taken:
            Step.objects.filter(proof=proof).delete()
            return Proof.objects.select_related("exercise", "lesson", "by").get(pk=proof.pk)
    return None


def _give_back() -> None:
    """Proofs whose worker died: once more, or broken."""
    for proof in Proof.objects.filter(state=Proof.State.RUNNING, lease_until__lt=Now()).without_texts():
        release(proof, "The worker that made this proof ended.")


def release(proof: Proof, reason: str) -> None:
    """An attempt failed through our fault: back to the queue, or broken."""
    if proof.attempt >= MOST_ATTEMPTS:
        end(proof, Proof.State.BROKEN, trouble=reason)
        return
    _held(proof).update(state=Proof.State.QUEUED, lease_until=None)


def _held(proof: Proof) -> Any:
    return Proof.objects.filter(pk=proof.pk, state=Proof.State.RUNNING, attempt=proof.attempt)


def renew(proof: Proof) -> bool:
    """Prolong the lease; False when it was stopped or given to somebody else."""
    return bool(_held(proof).update(lease_until=Now() + LEASE))


def note(proof: Proof, kind: str, data: dict[str, Any]) -> bool:
    """Record a step if the attempt still holds the proof."""
    with transaction.atomic():
        if not renew(proof):
            return False
        Step.objects.create(proof=proof, kind=kind, data=data)
    return True


def end(
    proof: Proof,
    state: Proof.State,
    *,
    report: dict[str, Any] | None = None,
    outputs: list[dict[str, Any]] | None = None,
    trouble: str = "",
    gate: str = "",
) -> bool:
    """Record how a proof ended, once."""
    seconds = (timezone.now() - proof.started).total_seconds() if proof.started else 0.0
    with transaction.atomic():
        ended = _held(proof).update(
            state=state,
            report=report or {},
            outputs=outputs or [],
            trouble=trouble[:4000],
            gate=gate,
            seconds=max(0.0, seconds),
            ended=Now(),
            lease_until=None,
        )
        if ended:
            Step.objects.create(proof=proof, kind="end", data={"state": str(state)})
    return bool(ended)


def stop(*, proof: Proof) -> bool:
    """Stop a proof that waits or is being made; what it took counts."""
    seconds = (timezone.now() - proof.started).total_seconds() if proof.started else 0.0
    with transaction.atomic():
        stopped = (
            Proof.objects.active()
            .filter(pk=proof.pk)
            .update(state=Proof.State.STOPPED, seconds=max(0.0, seconds), ended=Now(), lease_until=None)
        )
        if stopped:
            Step.objects.create(proof=proof, kind="end", data={"state": "stopped"})
    return bool(stopped)


# ---- publishing ----------------------------------------------------------------------------------------


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
        "rendered_with": renderer_digest(),
        "kill_rate": _kill_rate(proof.report),
    }
    with transaction.atomic():
        revision = Revision.objects.filter(exercise=exercise, digest=proof.digest).first()
        if revision is not None and revision.pk == exercise.current_id and exercise.published:
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


def draft_digest(exercise: Exercise, by: User) -> str:
    """The digest of the draft as it stands, empty if it cannot be read."""
    facts = read_files(by.pk, exercise, draft_of(exercise).files)["facts"]
    return str(facts["digest"]) if facts else ""


def make_current(exercise: Exercise, revision: Revision, by: User, how: Publication.How) -> None:
    Exercise.objects.filter(pk=exercise.pk).update(current=revision, published=True)
    Publication.objects.create(exercise=exercise, revision=revision, by=by, how=how)
    transaction.on_commit(_prepare)


def _prepare() -> None:
    """Its expected values are made at once where a worker hears; the schedule asks again anyway."""
    try:
        app.send_task("catalog.prepare", queue="regrade", retry=False)
    except Exception:  # as in `ring_bell`
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
