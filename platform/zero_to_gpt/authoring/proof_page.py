"""What a proof has found, as a piece of the editor's page; how an editor shows and stops it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from zero_to_gpt.accounts.models import User
from zero_to_gpt.authoring import drafts, proofs, queries
from zero_to_gpt.authoring.desk import author_of
from zero_to_gpt.authoring.models import Proof
from zero_to_gpt.catalog.models import Lesson
from zero_to_gpt.cohorts.roles import written_by


@require_safe
@login_required
def proof(request: HttpRequest, proof_id: int) -> HttpResponse:
    """What a proof has found until now, as a piece of the editor's page."""
    user = author_of(request)
    found = _visible_proof(user, proof_id)
    if found.lesson is not None:
        return render(request, "authoring/_cells.html", cells_context(found.lesson, found, user))
    exercise = found.exercise
    assert exercise is not None  # noqa: S101  a constraint of the table
    draft = drafts.draft_of(exercise)
    context = {"exercise": exercise, "proof": found} | proof_context(found, None)
    context["stale"] = found.files != draft.files
    return render(request, "authoring/_proof.html", context)


@require_POST
@login_required
def stop(request: HttpRequest, proof_id: int) -> HttpResponse:
    found = _visible_proof(author_of(request), proof_id)
    proofs.stop(proof=found)
    return JsonResponse({"stopped": True})


def _visible_proof(user: User, proof_id: int) -> Proof:
    every = Proof.objects.select_related("exercise__module__course", "lesson__module__course", "by")
    found = get_object_or_404(every, pk=proof_id)
    of = found.exercise or found.lesson
    if of is None or not written_by(user).filter(pk=of.module.course_id).exists():
        raise Http404("There is no such proof.")
    return found


def proof_context(proof: Proof | None, read: dict[str, Any] | None) -> dict[str, Any]:
    if proof is None:
        return {"steps": [], "report": {}}
    steps = [step.data | {"kind": step.kind} for step in proof.steps.all()]
    report = proof.report
    survivors = (report.get("automatic_mutants") or {}).get("survivors", [])
    facts = read["facts"] if read else None
    name = proof.exercise.name if proof.exercise else ""
    return {
        "alternatives": [step for step in steps if step["kind"] == "alternative"],
        "mutants": [step for step in steps if step["kind"] == "mutant"],
        "starter": next((step for step in steps if step["kind"] == "starter"), None),
        "reference": next((step for step in steps if step["kind"] == "reference"), None),
        "now": steps[-1]["kind"] if steps and not proof.finished else "",
        "report": report,
        "objections": [queries.objection(name, each) for each in report.get("problems", [])],
        "trouble": queries.objection(name, proof.trouble) if proof.trouble else None,
        "survivors": queries.marked(proof.files.get("reference.py", ""), survivors) if survivors else [],
        "stale": read is not None and (facts is None or facts["digest"] != proof.digest),
    }


def cells_context(found: Lesson, proof: Proof | None, user: User) -> dict[str, Any]:
    return {
        "lesson": found,
        "proof": proof,
        "stale": proof is not None and proof.files.get("lesson.md") != drafts.lesson_draft_of(found).source,
    }
