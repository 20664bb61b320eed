"""What authors write and keep: the files of an exercise, the text of a lesson. Learners meet none of it."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from grader import templates
from zero_to_gpt.accounts.models import User
from zero_to_gpt.authoring import bounded
from zero_to_gpt.authoring.models import ExerciseDraft, LessonDraft
from zero_to_gpt.authoring.refusals import Overtaken, Refused, TooMuch
from zero_to_gpt.catalog import pieces
from zero_to_gpt.catalog.models import Exercise, Lesson, Revision

_FILE = re.compile(
    r"exercise\.toml|task\.md|(?:starter|reference|probes|given)\.py|(?:mutants|equivalent)\.toml"
    r"|(?:alternatives|mutants)/[A-Za-z_][A-Za-z0-9_]{0,79}\.py"
)
NEEDED = ("exercise.toml", "task.md", "starter.py", "reference.py", "probes.py")


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
    """Keep all files of a draft. `version` is the one that was changed: Overtaken if it is not the last.

    Saves of one exercise go one after the other, the first two as well.
    """
    checked = check_files(files)
    with transaction.atomic():
        Exercise.objects.select_for_update(no_key=True).only("pk").get(pk=exercise.pk)
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


def mentioned(exercise: Exercise, files: dict[str, str]) -> dict[str, Revision]:
    """What an exercise with these files may use: of its own course, as it is published now."""
    return pieces.mentioned(exercise.module.course, files.get("exercise.toml", ""))


def read_files(author: int, exercise: Exercise, files: dict[str, str]) -> dict[str, Any]:
    """What `bounded.exercise` says of files of an exercise, together with those that it uses."""
    others = {name: dict(revision.files) for name, revision in mentioned(exercise, files).items()}
    return bounded.exercise(author, exercise.name, files, others)


def draft_digest(exercise: Exercise, by: User) -> str:
    """The digest of the draft as it stands, empty if it cannot be read."""
    facts = read_files(by.pk, exercise, draft_of(exercise).files)["facts"]
    return str(facts["digest"]) if facts else ""


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
        Lesson.objects.select_for_update(no_key=True).only("pk").get(pk=lesson.pk)
        mine = LessonDraft.objects.filter(lesson=lesson)
        if not mine.exists():
            return LessonDraft.objects.create(lesson=lesson, source=text, by=by)
        if version is not None:
            mine = mine.filter(version=version)
        if not mine.update(source=text, version=F("version") + 1, by=by, updated=Now()):
            raise Overtaken("Somebody saved this lesson after you opened it. Reload to see their text.")
        return LessonDraft.objects.get(lesson=lesson)


def lesson_digest(source: str) -> str:
    """Of a lesson's text, as the catalogue keeps it."""
    return hashlib.sha256(source.encode()).hexdigest()
