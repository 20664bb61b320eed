"""The editor of a lesson, what it reads and keeps, and its history.

Nothing authored is parsed, rendered or executed here: bounded.py asks a process that may die of it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from zero_to_gpt.accounts.models import User
from zero_to_gpt.addresses import key_of
from zero_to_gpt.authoring import bounded, drafts, proofs, publications, queries
from zero_to_gpt.authoring.desk import BUSY, answered, chosen_entry, lesson_of, proof_urls, queued
from zero_to_gpt.authoring.forms import SourceForm
from zero_to_gpt.authoring.models import LessonPublication, Proof
from zero_to_gpt.authoring.proof_page import cells_context
from zero_to_gpt.authoring.refusals import Refused
from zero_to_gpt.catalog.models import Lesson


@require_safe
@login_required
def lesson(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """The editor of a lesson, beside it what a student sees."""
    user, found = lesson_of(request, module, lesson)
    draft = drafts.lesson_draft_of(found)
    proof = Proof.objects.filter(lesson=found).exclude(state=Proof.State.STOPPED).first()
    args = [module, lesson]
    data = {
        "read": reverse("authoring_read_lesson", args=args),
        "save": reverse("authoring_save_lesson", args=args),
        "validate": reverse("authoring_run_lesson", args=args),
        "version": draft.version,
        "editor": static("dist/editor.js"),
        "words": [],
        "mistakes": [],
        "most": bounded.LARGEST_FILE,
        "about": {},
        "beginnings": {},
        "lesson": True,
        "proof": proof_urls(proof) if proof and not proof.finished else None,
    }
    context = cells_context(found, proof, user) | {
        "course": found.module.course,
        "draft": draft,
        "page_data": data,
        "preview": _lesson_preview(found, draft.source, proof, user),
        "entries": found.publications.select_related("by")[:30],
    }
    return render(request, "authoring/lesson.html", context)


@require_safe
@login_required
def lesson_history(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """Every text that was published, with who and when; the draft, or one of them, against the published."""
    _, found = lesson_of(request, module, lesson)
    entries = queries.lesson_history(found)
    chosen = chosen_entry(entries, request.GET.get("publication", ""))
    draft = drafts.lesson_draft_of(found).source
    before, after = (chosen.publication.source, found.source) if chosen else (found.source, draft)
    context = {
        "course": found.module.course,
        "lesson": found,
        "entries": entries,
        "chosen": chosen,
        "asked": chosen is not None and not chosen.current and "ask" in request.GET,
        "hidden": not found.published,
        "differences": queries.differences({"lesson.md": before}, {"lesson.md": after}),
    }
    return render(request, "authoring/lesson_history.html", context)


@require_POST
@login_required
def read_lesson(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """The lesson as it stands in the editor, rendered. Keeps nothing."""
    user, found = lesson_of(request, module, lesson)

    def act() -> JsonResponse:
        source = drafts.check_source(SourceForm(request.POST).data.get("source", ""))
        proof = Proof.objects.filter(lesson=found).exclude(state=Proof.State.STOPPED).first()
        preview = _lesson_preview(found, source, proof, user)
        mistakes = [["lesson.md", None, preview["mistake"]]] if preview["mistake"] else []
        html = render_to_string("authoring/_lesson_preview.html", {"preview": preview}, request)
        return JsonResponse({"mistakes": mistakes, "preview": html, "digest": ""})

    return answered(act)


@require_POST
@login_required
def save_lesson(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """Keep the text."""
    user, found = lesson_of(request, module, lesson)

    def act() -> JsonResponse:
        form = SourceForm(request.POST)
        if not form.is_valid():
            raise Refused("The text could not be read.")
        data = form.cleaned_data
        draft = drafts.save_lesson(lesson=found, source=data["source"], version=data["version"], by=user)
        return JsonResponse({"version": draft.version, "updated": draft.updated.isoformat()})

    return answered(act)


@require_POST
@login_required
def run_lesson(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """Queue the cells of the draft."""
    user, found = lesson_of(request, module, lesson)
    return answered(lambda: queued(proofs.ask_cells(lesson=found, by=user)))


@require_POST
@login_required
def publish_lesson(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """Publish a lesson whose cells ran, or an earlier text of it (`publication`)."""
    user, found = lesson_of(request, module, lesson)
    number = key_of(request.POST.get("publication", ""))
    try:
        if number is not None:
            earlier = get_object_or_404(LessonPublication, lesson=found, pk=number)
            publications.roll_back_lesson(lesson=found, publication=earlier, by=user)
        else:
            proof = Proof.objects.filter(lesson=found).exclude(state=Proof.State.STOPPED).first()
            if proof is None:
                raise Refused("Run its cells first.")
            publications.publish_lesson(lesson=found, proof=proof, by=user)
    except Refused as refusal:
        messages.warning(request, refusal.text, extra_tags="warn")
    except bounded.BusyError:
        messages.warning(request, BUSY, extra_tags="warn")
    else:
        shown = reverse("lesson", args=[module, lesson])
        if number is not None:
            text = format_html('Learners see this text again: <a href="{}">its page</a>.', shown)
        else:
            text = format_html(
                'Published: <a href="{}">its page</a>. Exercises are added in <a href="{}">its course</a>.',
                shown,
                reverse("authoring_course", args=[found.module.course.slug]),
            )
        messages.success(request, text, extra_tags="pass")
    place = "authoring_lesson_history" if number is not None else "authoring_lesson"
    return redirect(place, module, lesson)


def _lesson_preview(found: Lesson, source: str, proof: Proof | None, user: User) -> dict[str, str]:
    """The lesson with what its cells showed the last time, as far as they are the same cells."""
    outputs: list[dict[str, Any]] = []
    if proof is not None and proof.finished and proof.files.get("lesson.md") == source:
        outputs = proof.outputs
    elif found.source == source:
        outputs = found.outputs
    try:
        read = bounded.lesson(user.pk, source, outputs)
    except bounded.BusyError:
        read = {"mistake": BUSY}
    return {"mistake": read.get("mistake", ""), "title": read.get("title", ""), "html": read.get("html", "")}
