"""The editor of an exercise, what it reads and keeps, and its history.

Nothing authored is parsed, rendered or executed here: bounded.py asks a process that may die of it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grader import language, templates
from zero_to_gpt.authoring import bounded, drafts, proofs, publications, queries
from zero_to_gpt.authoring.desk import BUSY, answered, chosen_entry, exercise_of, proof_urls, queued
from zero_to_gpt.authoring.forms import FilesForm
from zero_to_gpt.authoring.models import Proof
from zero_to_gpt.authoring.proof_page import proof_context
from zero_to_gpt.authoring.refusals import Refused
from zero_to_gpt.catalog.models import Exercise


@require_safe
@login_required
def exercise(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """The editor: a tab for each file, beside them what a student sees and what the gate found."""
    user, exercise = exercise_of(request, module, slug)
    draft = drafts.draft_of(exercise)
    try:
        read = drafts.read_files(user.pk, exercise, draft.files)
    except bounded.BusyError:
        read = bounded.unread(BUSY)
    context = _read_context(exercise, read) | {
        "course": exercise.module.course,
        "draft": draft,
        "files": sorted(draft.files.items(), key=lambda each: templates.place(each[0])),
        "proof": queries.last_proof(exercise),
        "page_data": _page_data(exercise, draft.version, read),
    }
    context |= proof_context(context["proof"], read)
    return render(request, "authoring/exercise.html", context)


@require_POST
@login_required
def read_exercise(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Mistakes in the files as they stand in the editor, and what a student would see. Keeps nothing."""
    user, exercise = exercise_of(request, module, slug)

    def act() -> JsonResponse:
        files = drafts.check_files(_files(request)[0])
        read = drafts.read_files(user.pk, exercise, files)
        preview = render_to_string("authoring/_preview.html", _read_context(exercise, read), request)
        digest = read["facts"]["digest"] if read["facts"] else ""
        marks = [*read["mistakes"], *read["blanks"]]
        return JsonResponse({"mistakes": marks, "preview": preview, "digest": digest})

    return answered(act)


@require_POST
@login_required
def save_exercise(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Keep the files."""
    user, exercise = exercise_of(request, module, slug)

    def act() -> JsonResponse:
        files, version = _files(request)
        draft = drafts.save_files(exercise=exercise, files=files, version=version, by=user)
        return JsonResponse({"version": draft.version, "updated": draft.updated.isoformat()})

    return answered(act)


@require_POST
@login_required
def validate(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Queue the gate over the draft."""
    user, exercise = exercise_of(request, module, slug)
    return answered(lambda: queued(proofs.ask_proof(exercise=exercise, by=user)))


@require_POST
@login_required
def publish(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Publish what the last proof let pass."""
    user, exercise = exercise_of(request, module, slug)
    proof = queries.last_proof(exercise)
    try:
        if proof is None:
            raise Refused("Only what the gate let pass is published. Validate it first.")
        publications.publish(exercise=exercise, proof=proof, by=user)
    except Refused as refusal:
        messages.warning(request, refusal.text, extra_tags="warn")
    except bounded.BusyError:
        messages.warning(request, BUSY, extra_tags="warn")
    else:
        text = format_html(
            'Published. It opens for learners when its expected values are made: <a href="{}">its page</a>.',
            reverse("exercise", args=[module, slug]),
        )
        messages.success(request, text, extra_tags="pass")
    return redirect("authoring_exercise", module, slug)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def history(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Every publication with who and when; the draft, or one of them, against what learners meet now."""
    user, exercise = exercise_of(request, module, slug)
    entries = queries.history(exercise)
    chosen = chosen_entry(entries, request.POST.get("publication", "") or request.GET.get("publication", ""))
    before = chosen.publication.revision if chosen else None
    if request.method == "POST":
        if chosen is None or before is None:
            raise Http404("There is no such publication.")
        publications.roll_back(exercise=exercise, revision=before, by=user)
        messages.success(request, f"Learners meet the {chosen.number} publication again.", extra_tags="pass")
        return redirect("authoring_history", module, slug)
    published = dict(exercise.current.files) if exercise.current else {}
    other = dict(before.files) if before else drafts.draft_of(exercise).files
    context = {
        "course": exercise.module.course,
        "exercise": exercise,
        "entries": entries,
        "chosen": chosen,
        "asked": before is not None and before.pk != exercise.current_id and "ask" in request.GET,
        "hidden": not exercise.published,
        "differences": queries.differences(other, published)
        if chosen
        else queries.differences(published, other),
    }
    return render(request, "authoring/history.html", context)


def _files(request: HttpRequest) -> tuple[dict[str, str], int | None]:
    form = FilesForm(request.POST)
    if not form.is_valid():
        raise Refused("The files could not be read. Reload the page and try again.")
    return form.cleaned_data["texts"], form.cleaned_data["version"]


def _page_data(exercise: Exercise, version: int, read: dict[str, Any]) -> dict[str, Any]:
    args = [exercise.module.slug, exercise.slug]
    proof = Proof.objects.filter(exercise=exercise).active().without_texts().first()
    return {
        "read": reverse("authoring_read", args=args),
        "save": reverse("authoring_save", args=args),
        "validate": reverse("authoring_validate", args=args),
        "version": version,
        "editor": static("dist/editor.js"),
        "words": _WORDS,
        "mistakes": [*read["mistakes"], *read["blanks"]],
        "most": bounded.LARGEST_FILE,
        "about": dict(templates.ABOUT),
        "beginnings": dict(templates.BEGINNINGS),
        "lesson": False,
        "proof": proof_urls(proof) if proof else None,
    }


_WORDS = sorted(name for name in vars(language) if not name.startswith("_") and name != "annotations")
"""What probes.py may say; the editor completes it."""


def _read_context(exercise: Exercise, read: dict[str, Any]) -> dict[str, Any]:
    return {
        "exercise": exercise,
        "mistakes": [{"file": file, "line": line, "text": text} for file, line, text in read["mistakes"]],
        "blanks": [{"file": file, "line": line, "text": text} for file, line, text in read["blanks"]],
        "facts": read["facts"],
        "task_html": read["task_html"],
    }
