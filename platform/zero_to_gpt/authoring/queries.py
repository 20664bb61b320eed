"""What pages of authors show. Reads only."""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.contrib.humanize.templatetags.humanize import ordinal

from zero_to_gpt.authoring.models import ExerciseDraft, LessonDraft, LessonPublication, Proof, Publication
from zero_to_gpt.catalog.models import Course, Exercise, Lesson, Module
from zero_to_gpt.catalog.rendering import render_markdown
from zero_to_gpt.submissions.textdiff import DiffLine, diff_lines
from zero_to_gpt.variables import ROOT

MARKED_LINES = 600


@dataclass(frozen=True)
class Part:
    """A lesson of a course with its exercises; `changed` marks drafts that learners have not seen."""

    lesson: Lesson | None
    changed: bool
    exercises: tuple[tuple[Exercise, bool], ...]


@dataclass(frozen=True)
class Outline:
    module: Module
    parts: tuple[Part, ...]


def outline(course: Course) -> list[Outline]:
    """The whole course as its authors see it, hidden parts included."""
    places: dict[tuple[int, int | None], list[tuple[Exercise, bool]]] = {}
    drafts = dict(
        ExerciseDraft.objects.filter(exercise__module__course=course).values_list("exercise", "files")
    )
    exercises = Exercise.objects.filter(module__course=course).select_related("current", "module")
    for exercise in exercises.order_by("position", "id"):
        published = exercise.current.files if exercise.current else None
        changed = exercise.pk in drafts and drafts[exercise.pk] != published
        places.setdefault((exercise.module_id, exercise.lesson_id), []).append((exercise, changed))
    texts = dict(LessonDraft.objects.filter(lesson__module__course=course).values_list("lesson", "source"))
    found = []
    for module in course.modules.prefetch_related("lessons"):
        parts = [
            Part(lesson, texts.get(lesson.pk, lesson.source) != lesson.source, tuple(mine))
            for lesson in sorted(module.lessons.all(), key=lambda each: (each.position, each.pk))
            for mine in [places.get((module.pk, lesson.pk), [])]
        ]
        if (module.pk, None) in places:
            parts.append(Part(None, False, tuple(places[module.pk, None])))
        found.append(Outline(module, tuple(parts)))
    return found


@dataclass(frozen=True)
class Handbook:
    """docs/authoring.md as a page: the HTML below its title, and its sections as (anchor, title)."""

    html: str
    sections: tuple[tuple[str, str], ...]


@functools.cache
def handbook() -> Handbook:
    """Rendered once in a process: it is a file of this program, and not of an author."""
    text = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
    html = render_markdown(text.partition("\n")[2])
    return Handbook(html, tuple(re.findall(r'<h2 id="([^"]+)">([^<]+)</h2>', html)))


@dataclass(frozen=True)
class Objection:
    """What the gate says against publishing, with the file and line that it names, if it names any."""

    file: str
    line: int | None
    text: str


def objection(name: str, sentence: str) -> Objection:
    """A sentence of the gate without the name of the exercise, which its desk shows anyway."""
    found = re.match(rf"{re.escape(name)}(?:/([\w./]+?)(?::(\d+))?)?: (.*)", sentence, re.DOTALL)
    if found is None:
        return Objection("", None, sentence)
    return Objection(found[1] or "", int(found[2]) if found[2] else None, found[3])


@dataclass(frozen=True)
class Change:
    """An automatic change that no probe notices: what it does, and its name in equivalent.toml."""

    description: str
    mutation: str


@dataclass(frozen=True)
class Line:
    """A line of a text with what automatic survivors change in it."""

    number: int
    text: str
    changes: tuple[Change, ...]


def marked(source: str, survivors: list[dict[str, Any]]) -> list[Line]:
    """The reference with the lines marked whose changes no probe notices; three lines around each."""
    lines = source.split("\n")[:MARKED_LINES]
    changes: dict[int, list[Change]] = {}
    for one in survivors:
        told = re.sub(r"^line \d+: ", "", one["change"])
        changes.setdefault(int(one["line"]), []).append(Change(told, one["mutation"]))
    near = {number + by for number in changes for by in range(-3, 4)}
    return [
        Line(number, text, tuple(changes.get(number, ())))
        for number, text in enumerate(lines, 1)
        if number in near
    ]


def last_proof(exercise: Exercise) -> Proof | None:
    """The proof that the page shows: the one that runs, or the last that was not stopped."""
    return Proof.objects.filter(exercise=exercise).exclude(state=Proof.State.STOPPED).first()


@dataclass(frozen=True)
class FileDiff:
    path: str
    lines: list[DiffLine]


def differences(before: dict[str, str], after: dict[str, str]) -> list[FileDiff]:
    """The files that differ, with what changed in each."""
    return [
        FileDiff(path, diff_lines(before.get(path, ""), after.get(path, "")))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]


def folder(course: Course) -> dict[str, str]:
    """The texts of a course as its authors have them now, in the form of `exercises/`, by path.

    Hidden parts are left out: who imports a folder publishes all that it lists.
    """
    drafts = dict(
        ExerciseDraft.objects.filter(exercise__module__course=course).values_list("exercise", "files")
    )
    texts = dict(LessonDraft.objects.filter(lesson__module__course=course).values_list("lesson", "source"))
    found = {}
    listed = []
    for each in outline(course):
        if not each.module.published:
            continue
        module = each.module
        lines = [f"title = {_quoted(module.title)}", f"summary = {_quoted(module.summary)}"]
        for part in each.parts:
            if part.lesson is None or not part.lesson.published:
                continue
            shown = [exercise for exercise, _ in part.exercises if exercise.published]
            names = ", ".join(_quoted(exercise.slug) for exercise in shown)
            lines += ["", "[[lessons]]", f'file = "{part.lesson.slug}.md"', f"exercises = [{names}]"]
            found[f"{module.slug}/{part.lesson.slug}.md"] = texts.get(part.lesson.pk, part.lesson.source)
            for exercise in shown:
                files = drafts.get(exercise.pk) or (exercise.current.files if exercise.current else {})
                found |= {f"{module.slug}/{exercise.slug}/{path}": text for path, text in files.items()}
        found[f"{module.slug}/module.toml"] = "\n".join(lines) + "\n"
        listed.append(module.slug)
    head = [f"slug = {_quoted(course.slug)}", f"title = {_quoted(course.title)}"]
    head += [f"summary = {_quoted(course.summary)}", f"modules = [{', '.join(map(_quoted, listed))}]"]
    return found | {"course.toml": "\n".join(head) + "\n"}


def _quoted(text: str) -> str:
    """A TOML string: JSON's are such strings, but for the one sign that JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


Entry = TypeVar("Entry", Publication, LessonPublication)


@dataclass(frozen=True)
class Published(Generic[Entry]):
    """One entry of a history. `close`: another one is of the same minute, so seconds are shown.

    Of an exercise: `number` is its place, the first being "1st"; `origin` that of what was rolled back to;
    `files` names what changed since the entry before it.
    """

    publication: Entry
    current: bool
    close: bool
    number: str = ""
    origin: str = ""
    files: tuple[str, ...] = ()


def history(exercise: Exercise) -> list[Published[Publication]]:
    """Every publication, newest first. The newest of the current revision is marked."""
    entries = list(exercise.publications.select_related("revision", "by"))
    close = _close(entries)
    numbers = {entry.pk: str(ordinal(len(entries) - at)) for at, entry in enumerate(entries)}
    origins = {entry.revision_id: numbers[entry.pk] for entry in entries}  # the oldest comes last, and stays
    found = []
    for at, entry in enumerate(entries):
        earlier: dict[str, str] = entries[at + 1].revision.files if at + 1 < len(entries) else {}
        changed = [path for path in entry.revision.files if earlier.get(path) != entry.revision.files[path]]
        changed += [path for path in earlier if path not in entry.revision.files]
        found.append(
            Published(
                entry,
                current=at == 0 and entry.revision_id == exercise.current_id,
                close=entry.pk in close,
                number=numbers[entry.pk],
                origin=origins[entry.revision_id] if entry.how == Publication.How.ROLLED_BACK else "",
                files=tuple(changed),
            )
        )
    return found


def lesson_history(lesson: Lesson) -> list[Published[LessonPublication]]:
    """Every text that was published, newest first; learners see the newest."""
    entries = list(lesson.publications.select_related("by"))
    close = _close(entries)
    return [Published(entry, current=at == 0, close=entry.pk in close) for at, entry in enumerate(entries)]


def _close(entries: Sequence[Publication | LessonPublication]) -> set[int]:
    """Those that share their minute with another."""
    minutes = {entry.pk: entry.at.replace(second=0, microsecond=0) for entry in entries}
    often = Counter(minutes.values())
    return {pk for pk, minute in minutes.items() if often[minute] > 1}
