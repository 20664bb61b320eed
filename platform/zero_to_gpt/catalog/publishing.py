"""From the exercises/ folder to published rows: idempotent, and one bad exercise stops no other.

It touches what it imported, and no course that somebody wrote on the site.

A new immutable Revision appears only when an exercise's digest changed. What is no longer listed is
unpublished, never deleted: people's submissions stay. Nothing authored is executed here.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.urls import reverse

from grader.exercise import folder as grading
from grader.exercise.trees import LARGEST_TEXT
from grader.proving import record
from zero_to_gpt.catalog import pieces
from zero_to_gpt.catalog.models import Course, Exercise, Lesson, Module, Revision
from zero_to_gpt.catalog.rendering import (
    RenderError,
    lesson_title,
    render_exercise,
    render_lesson,
    renderer_digest,
)

COURSE_SLUG = "zero-to-gpt"


class ContentError(ValueError):
    """A mistake in the course's folder; the message names the file."""


@dataclass
class Report:
    """What an import did. `errors` are sentences that name a file."""

    published: list[str] = field(default_factory=list)
    unchanged: int = 0
    unpublished: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def import_course(folder: Path, *, progress: Callable[[str], None] | None = None) -> Report:
    """Publish what the folder holds. Raises ContentError only when course.toml itself is unusable."""
    say = progress or (lambda line: None)
    report = Report()
    described = _toml(folder / "course.toml")
    slug = str(described.get("slug", COURSE_SLUG))
    if Course.objects.filter(slug=slug, shipped=False).exists():
        raise ContentError(f"{folder.name}: the course `{slug}` was written on this site; take another slug")
    course, _ = Course.objects.update_or_create(
        slug=slug,
        defaults={"title": _text(described, "title", folder), "summary": described.get("summary", "")},
    )
    listed: list[str] = list(described.get("modules", []))
    for position, slug in enumerate(listed):
        say(f"{slug}")
        try:
            _import_module(course, folder / slug, position, report)
        except ContentError as error:
            report.errors.append(str(error))
    _unpublish(course.modules.exclude(slug__in=listed), report)
    return report


def _import_module(course: Course, folder: Path, position: int, report: Report) -> None:
    described = _toml(folder / "module.toml")
    if Module.objects.filter(slug=folder.name).exclude(course=course).exists():
        raise ContentError(f"{folder.name}: another course has a module of this name")
    module, _ = Module.objects.update_or_create(
        slug=folder.name,
        defaults={
            "course": course,
            "title": _text(described, "title", folder),
            "summary": described.get("summary", ""),
            "position": position,
            "published": True,
        },
    )
    lessons: list[str] = []
    exercises: list[str] = []
    for position, entry in enumerate(described.get("lessons", [])):
        file = folder / str(entry.get("file", ""))
        lessons.append(file.stem)
        lesson: Lesson | None
        try:
            lesson = _import_lesson(module, file, position)
        except (ContentError, RenderError, OSError) as error:
            report.errors.append(_located(file, error))
            lesson = Lesson.objects.filter(module=module, slug=file.stem).first()
        for order, slug in enumerate(entry.get("exercises", [])):
            exercises.append(slug)
            try:
                fresh = _import_exercise(module, lesson, folder / slug, order)
            except (grading.ExerciseError, ContentError, RenderError, OSError) as error:
                report.errors.append(_located(folder / slug, error))
                continue
            if fresh:
                report.published.append(f"{module.slug}/{slug}")
            else:
                report.unchanged += 1
    _unpublish(module.lessons.exclude(slug__in=lessons), report)
    _unpublish(module.exercises.exclude(slug__in=exercises), report)


def _import_lesson(module: Module, file: Path, position: int) -> Lesson:
    source = _read(file)
    digest = hashlib.sha256(source.encode()).hexdigest()
    lesson = Lesson.objects.filter(module=module, slug=file.stem).first()
    rendered = renderer_digest()
    if lesson and (lesson.source_digest, lesson.rendered_with) == (digest, rendered):
        if (lesson.position, lesson.published) != (position, True):
            Lesson.objects.filter(pk=lesson.pk).update(position=position, published=True)
        return lesson
    # Outputs of the same text stay when only the renderer changed.
    outputs = lesson.outputs if lesson and lesson.executed_digest == digest else []
    # Those of a version that drew for light pages only stay until the cells have been executed again.
    current = bool(outputs) and all("drawn" in each for each in outputs)
    fields = {
        "title": _lesson_title(file, source),
        "position": position,
        "published": True,
        "source": source,
        "source_digest": digest,
        "html": lesson_html(source, outputs),
        "rendered_with": rendered,
        "executed_digest": digest if current else "",
        "outputs": outputs,
        "trouble": "",
    }
    return Lesson.objects.update_or_create(module=module, slug=file.stem, defaults=fields)[0]


def _import_exercise(module: Module, lesson: Lesson | None, folder: Path, position: int) -> bool:
    """Publish one exercise; whether its revision is a new one."""
    loaded = grading.load(folder)
    rendered = renderer_digest()
    with transaction.atomic():
        exercise, _ = Exercise.objects.update_or_create(
            module=module,
            slug=folder.name,
            defaults={"lesson": lesson, "position": position, "name": f"{module.slug}/{folder.name}"},
        )
        revision = Revision.objects.filter(exercise=exercise, digest=loaded.digest).first()
        shown = {} if revision and revision.rendered_with == rendered else _shown(loaded, rendered)
        fresh = revision is None
        if revision is None:
            fields = fields_of(loaded) | {"uses": _pinned(module, loaded)}
            revision = Revision(exercise=exercise, digest=loaded.digest, **fields, **shown)
            revision.save()
        elif shown:
            Revision.objects.filter(pk=revision.pk).update(**shown)
        Revision.objects.filter(pk=revision.pk).update(kill_rate=kill_rate(folder, loaded))
        changed = exercise.current_id != revision.pk
        Exercise.objects.filter(pk=exercise.pk).update(current=revision, published=True)
    return fresh or changed


def _pinned(module: Module, loaded: grading.Exercise) -> list[dict[str, Any]]:
    """The revisions that an exercise uses. Raises ContentError where one has not been published yet."""
    found = pieces.imported(module.course, loaded)
    for piece in loaded.pieces:
        if piece.id not in found:
            raise ContentError(
                f"{loaded.id}/exercise.toml: it uses {piece.id}, which is not published here. List that one "
                "in its module.toml, before this one in the course."
            )
    return pieces.pinned(loaded.built_on, found)


def fields_of(loaded: grading.Exercise) -> dict[str, Any]:
    """What a revision keeps of an exercise besides what is rendered."""
    return {
        "grading_digest": loaded.grading_digest,
        "files": dict(loaded.files),
        "title": loaded.title,
        "summary": loaded.summary,
        "minutes": loaded.minutes,
        "profile": str(loaded.profile),
        "device": str(loaded.device),
        "requires": list(loaded.requires),
        "starter": loaded.starter,
        "given": loaded.given,
        "probe_count": len(loaded.probes),
    }


def _shown(loaded: grading.Exercise, rendered: str) -> dict[str, Any]:
    """What is rendered from a revision's texts."""
    return render_exercise(loaded) | {"rendered_with": rendered}


def kill_rate(folder: Path, loaded: grading.Exercise) -> float | None:
    """The share of wrong answers that the recorded proof saw rejected; None without a proof of this text."""
    proof = record.read(folder)
    if not proof or proof.get("exercise_digest") != record.proven_digest(loaded):
        return None
    counted = [proof.get("report", {}).get(name, {}) for name in ("mutants", "automatic_mutants")]
    total = sum(count.get("total", 0) - count.get("equivalent", 0) for count in counted)
    return sum(count.get("killed", 0) for count in counted) / total if total else None


def _lesson_title(file: Path, source: str) -> str:
    title = lesson_title(source)
    if title is None:
        raise ContentError(f"{file.name}: a lesson begins with a line `# Its title`")
    return title


def lesson_html(source: str, outputs: list[dict[str, Any]]) -> str:
    """The lesson without its title: prose, code, and under each code cell what it showed (if executed)."""
    return render_lesson(source, outputs, figure_url=_figure_url)


LESSON_DRAWN = 40_000
"""Bytes of what one cell told the run tracker that a lesson's page brings along."""


def few_frames(drawn: Sequence[tuple[str, dict[str, Any]]]) -> list[list[Any]]:
    """As much of it as a page may bring along, evenly thinned: the first and the last of each figure stay."""
    named: dict[str, list[int]] = {}
    for at, (kind, data) in enumerate(drawn):
        figure = data.get("drawing", {})
        named.setdefault(f"{kind} {figure.get('kind')} {figure.get('name')}", []).append(at)
    for most in (200, 60, 20, 8, 3, 2, 1):
        places = {each for mine in named.values() for each in _spread(mine, most)}
        kept = [list(event) for at, event in enumerate(drawn) if at in places]
        if len(json.dumps(kept)) <= LESSON_DRAWN:
            return kept
    return []


def _spread(places: list[int], most: int) -> list[int]:
    if len(places) <= most:
        return places
    if most == 1:
        return places[-1:]
    return [places[round(each * (len(places) - 1) / (most - 1))] for each in range(most)]


def _figure_url(digest: str) -> str:
    return reverse("figure", args=[digest])


def _unpublish(rows: Any, report: Report) -> None:
    """Hide rows of one kind that are no longer listed; whoever worked on them keeps their work."""
    gone = list(rows.filter(published=True))
    report.unpublished += [str(row) for row in gone]
    rows.filter(pk__in=[row.pk for row in gone]).update(published=False)


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(file))
    except RecursionError:
        raise ContentError(f"{file.parent.name}/{file.name}: its values are nested too deeply") from None
    except (OSError, ValueError) as error:  # also of a number with too many digits, and of what is no UTF-8
        raise ContentError(f"{file.parent.name}/{file.name}: {error}") from None


def _read(file: Path) -> str:
    """The text of an author's file. Raises OSError, ValueError."""
    if file.stat().st_size > LARGEST_TEXT:
        raise ContentError(f"{file.name}: it is larger than {LARGEST_TEXT // 1024} kB")
    return file.read_text(encoding="utf-8")


def _text(described: dict[str, Any], key: str, folder: Path) -> str:
    value = described.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ContentError(f"{folder.name}: `{key}` is missing")
    return value


def _located(path: Path, error: Exception) -> str:
    """The error with the place it belongs to, unless it says so itself."""
    if isinstance(error, FileNotFoundError):
        return f"{path.parent.name}/{path.name} does not exist"
    text = str(error)
    return text if path.name in text else f"{path.parent.name}/{path.name}: {text}"
