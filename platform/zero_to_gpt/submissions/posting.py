"""What the exercise page posts: a Run, a Submit, a draft."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from grader.verdict import Kind
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.submissions import drafts, submitting
from zero_to_gpt.submissions.exercises import exercise_to_post_to
from zero_to_gpt.submissions.following import addresses, wants_json
from zero_to_gpt.submissions.forms import DraftForm, SubmitForm
from zero_to_gpt.submissions.refusals import Refused, TooFast

CHANGED_HANDS = "Somebody else is signed in now. This text stays on this device; reload the page to go on."


@require_POST
def submit(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Run or Submit. A script asks for JSON and follows the events; a plain form goes to the submission."""
    exercise = exercise_to_post_to(request, module, slug)
    if not isinstance(request.user, User):
        return _sign_in_first(request, exercise)
    form = SubmitForm(request.POST)
    if not form.is_valid():
        return _refuse(
            request, exercise, "The form was incomplete. Reload the page and try again.", "invalid", 400
        )
    data = form.cleaned_data
    if _changed_hands(request.user, data["who"]):
        return _refuse(request, exercise, CHANGED_HANDS, "other_person", HTTPStatus.CONFLICT)
    try:
        submission = submitting.submit(
            user=request.user,
            exercise=exercise,
            kind=Kind(data["kind"]),
            source=data["source"],
            idempotency_key=data["idempotency_key"],
            revision=data["revision"],
            only=data["only"],
        )
    except Refused as refusal:
        retry_after = refusal.retry_after if isinstance(refusal, TooFast) else 0
        return _refuse(request, exercise, refusal.text, refusal.code, refusal.status, retry_after)
    if wants_json(request):
        return JsonResponse(addresses(submission), status=HTTPStatus.CREATED)
    # A script saves drafts by itself; without one this is the only moment at which the text comes here.
    drafts.save_draft(user=request.user, exercise=exercise, source=data["source"], revision=data["revision"])
    return HttpResponseRedirect(reverse("submission", args=[submission.pk]), status=HTTPStatus.SEE_OTHER)


@require_POST
def draft(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Keep what stands in the editor; tells when it took the place of another tab's text."""
    exercise = exercise_to_post_to(request, module, slug)
    if not isinstance(request.user, User):
        return _sign_in_first(request, exercise)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": "The draft could not be read.", "reason": "invalid"}, status=400)
    data = form.cleaned_data
    if _changed_hands(request.user, data["who"]):
        return JsonResponse({"error": CHANGED_HANDS, "reason": "other_person"}, status=HTTPStatus.CONFLICT)
    try:
        kept = drafts.save_draft(
            user=request.user,
            exercise=exercise,
            source=data["source"],
            revision=data["revision"],
            version=data["version"],
        )
    except Refused as refusal:
        return JsonResponse({"error": refusal.text, "reason": refusal.code}, status=refusal.status)
    answer = {
        "version": kept.version,
        "updated": kept.updated.isoformat(),
        "replaced": kept.replaced or None,
    }
    return JsonResponse(answer)


def _changed_hands(user: User, who: int | None) -> bool:
    """Whether a page that was drawn for one person is used by another, who signed in since."""
    return who is not None and who != user.pk


def _sign_in_first(request: HttpRequest, exercise: Exercise) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"error": "Sign in to run code.", "reason": "signed_out"}, status=401)
    page = reverse("exercise", args=[exercise.module.slug, exercise.slug])
    return redirect(f"{reverse('account_login')}?next={page}")


def _refuse(
    request: HttpRequest, exercise: Exercise, text: str, reason: str, status: int, retry_after: int = 0
) -> HttpResponse:
    """A sentence: as JSON for a script, on a page for a plain form."""
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    if wants_json(request):
        data = {"error": text, "reason": reason, "retry_after": retry_after}
        return JsonResponse(data, status=status, headers=headers)
    context = {"exercise": exercise, "sentence": text, "source": request.POST.get("source", "")}
    response = render(request, "submissions/refused.html", context, status=status)
    for name, value in headers.items():
        response[name] = value
    return response
