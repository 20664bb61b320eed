"""Exercises and lessons as files, out of an author's desk and in: zips and notebooks.

Zips are read by archive.py; notebooks, as all that authors write, by the process that may die of it.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from grader.notebooks import exchange
from zero_to_gpt.addresses import key_of
from zero_to_gpt.authoring import archive, bounded, drafts, queries
from zero_to_gpt.authoring.desk import BUSY, course_of, exercise_of, lesson_of
from zero_to_gpt.authoring.refusals import Overtaken, Refused

MOST_NOTES = 300
"""Lines of a message: the command line lists all."""
OVERTAKEN = (
    "Somebody saved this after you opened it, so your file was not taken. What they saved is shown now. "
    "Send the file again if it should take its place."
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def folder(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """The draft as a zip of its folder; or another folder, or a notebook, in its place."""
    user, exercise = exercise_of(request, module, slug)
    if request.method != "POST":
        data = archive.pack(exercise.slug, drafts.draft_of(exercise).files)
        name = f'attachment; filename="{exercise.slug}.zip"'
        return HttpResponse(data, content_type="application/zip", headers={"Content-Disposition": name})
    try:
        name, data = _upload(request, "zip")
        if name.endswith(".ipynb"):
            found = bounded.notebook(user.pk, data, name.removesuffix(".ipynb"))
            if not found.files:
                raise archive.ArchiveError("This is a lesson. Bring it to a lesson's page.")
            files, notes = found.files, [str(note) for note in found.notes]
        else:
            unpacked = archive.unpack(data)
            files, notes = unpacked.files, [f"passed over: {each}." for each in unpacked.passed_over[:8]]
        drafts.save_files(exercise=exercise, files=files, version=_version(request), by=user)
    except bounded.BusyError:
        messages.warning(request, BUSY, extra_tags="warn")
    except Overtaken:
        messages.warning(request, OVERTAKEN, extra_tags="warn")
    except (archive.ArchiveError, exchange.NotebookError, Refused) as refusal:
        messages.warning(request, _told(refusal), extra_tags="warn")
    else:
        messages.success(request, f"{len(files)} files are in the draft now.", extra_tags="pass")
        _list_notes(request, notes)
    return redirect("authoring_exercise", module, slug)


@require_safe
@login_required
def course(request: HttpRequest, slug: str) -> HttpResponse:
    """All drafts of a course as a zip of its folder, which `import_curriculum` reads."""
    found = course_of(request, slug)[1]
    headers = {"Content-Disposition": f'attachment; filename="{found.slug}.zip"'}
    data = archive.pack(found.slug, queries.folder(found))
    return HttpResponse(data, content_type="application/zip", headers=headers)


@require_safe
@login_required
def exercise_notebook(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """The draft as a notebook with a cell for each file."""
    _, exercise = exercise_of(request, module, slug)
    return _notebook(exchange.exercise_notebook(drafts.draft_of(exercise).files), exercise.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def lesson_notebook(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """The draft as a notebook; or another notebook in its place."""
    user, found = lesson_of(request, module, lesson)
    if request.method != "POST":
        return _notebook(exchange.lesson_notebook(drafts.lesson_draft_of(found).source), found.slug)
    try:
        name, data = _upload(request, "notebook")
        brought = bounded.notebook(user.pk, data, name.removesuffix(".ipynb"))
        if not brought.lesson:
            raise archive.ArchiveError("This is an exercise. Bring it to an exercise's page.")
        drafts.save_lesson(lesson=found, source=brought.lesson, version=_version(request), by=user)
    except bounded.BusyError:
        messages.warning(request, BUSY, extra_tags="warn")
    except Overtaken:
        messages.warning(request, OVERTAKEN, extra_tags="warn")
    except (archive.ArchiveError, exchange.NotebookError, Refused) as refusal:
        messages.warning(request, _told(refusal), extra_tags="warn")
    else:
        messages.success(request, "The notebook is the draft now.", extra_tags="pass")
        _list_notes(request, [str(note) for note in brought.notes])
    return redirect("authoring_lesson", module, lesson)


def _upload(request: HttpRequest, field: str) -> tuple[str, bytes]:
    """The name and the bytes of what somebody sent. Raises ArchiveError."""
    upload = request.FILES.get(field)
    if upload is None:
        raise archive.ArchiveError("Choose a file first.")
    size = upload.size or 0
    if size > archive.LARGEST_UPLOAD:
        raise archive.ArchiveError(
            f"This file has {size // 1024} kB; {archive.LARGEST_UPLOAD // 1024} are taken. Clear the outputs "
            "of a notebook, and it becomes small."
        )
    return upload.name or "", upload.read()


def _version(request: HttpRequest) -> int | None:
    """The draft that the page showed from which a file was sent."""
    return key_of(request.POST.get("version", ""))


def _notebook(data: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.ipynb"'}
    return HttpResponse(data, content_type="application/x-ipynb+json", headers=headers)


def _told(refusal: Exception) -> str:
    """A refusal as a sentence of its own."""
    text = str(refusal)
    return text[:1].upper() + text[1:]


def _list_notes(request: HttpRequest, notes: list[str]) -> None:
    """What of a notebook is not in the draft as it was; all of it, in one message."""
    if notes:
        more = [f"and {len(notes) - MOST_NOTES} more"] if len(notes) > MOST_NOTES else []
        text = "\n".join([f"Not as it was ({len(notes)}):", *notes[:MOST_NOTES], *more])
        messages.warning(request, text, extra_tags="warn lines")
