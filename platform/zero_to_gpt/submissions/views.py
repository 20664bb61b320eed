"""The exercise page, what it posts to, and the page of one submission."""

from __future__ import annotations

import json
import secrets
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Max, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grader.notebooks import notebook as notebooks
from grader.verdict import Kind, State
from zero_to_gpt.accounts.models import User
from zero_to_gpt.accounts.services import signed_in
from zero_to_gpt.addresses import key_of
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.cohorts.roles import copied_by, exercises_of, may_write, taught_by, ungraded, written_by
from zero_to_gpt.fleet import clock
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions import pieces, runs, services, solutions
from zero_to_gpt.submissions.forms import DraftForm, SubmitForm
from zero_to_gpt.submissions.models import Draft, EventKind, OpenedSolution, Submission
from zero_to_gpt.submissions.textdiff import diff_lines

HISTORY_SHOWN = 20
BROUGHT_ALONG = 24_000
"""Bytes of curves and figures that stand in a page itself."""


@require_safe
@never_cache
def exercise(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Text, editor and results. Visitors may read and type; running needs an account."""
    exercise = _exercise(request, module, slug)
    user = request.user if isinstance(request.user, User) else None
    draft = services.draft_for(user=user, exercise=exercise) if user else None
    mine = _history(user, exercise)
    latest = next((each for each in mine if each.finished), None)
    active = next((each for each in mine if not each.finished), None)
    earlier, later = _neighbours(exercise)
    taken = _taken(request, exercise)
    context = {
        "exercise": exercise,
        "revision": exercise.current,
        "source": _text(exercise, draft, taken),
        "taken": taken,
        "draft": draft,
        "outdated": _outdated(exercise, draft),
        "history": [each for each in mine if each.finished],
        "logged": bool(mine) and runs.any_logged(mine),
        "submission": latest,
        "verdict": latest.outcome_for(user).verdict if user and latest else None,
        "drawn": _drawn(latest) if latest else None,
        "earlier": earlier,
        "next": later,
        "key": secrets.token_urlsafe(16),
        "author": _as_author(user, exercise),
        "page_data": _page_data(user, exercise, draft, active),
    }
    return render(request, "submissions/exercise.html", context)


@require_POST
def submit(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Run or Submit. A script asks for JSON and follows the events; a plain form goes to the submission."""
    exercise = _exercise(request, module, slug)
    if not isinstance(request.user, User):
        return _sign_in_first(request, exercise)
    form = SubmitForm(request.POST)
    if not form.is_valid():
        return _refuse(
            request, exercise, "The form was incomplete. Reload the page and try again.", "invalid", 400
        )
    data = form.cleaned_data
    try:
        submission = services.submit(
            user=request.user,
            exercise=exercise,
            kind=Kind(data["kind"]),
            source=data["source"],
            idempotency_key=data["idempotency_key"],
            revision=data["revision"],
            only=data["only"],
        )
    except services.Refused as refusal:
        retry_after = refusal.retry_after if isinstance(refusal, services.TooFast) else 0
        return _refuse(request, exercise, refusal.text, refusal.code, refusal.status, retry_after)
    if _wants_json(request):
        return JsonResponse(_addresses(submission), status=HTTPStatus.CREATED)
    # A script saves drafts by itself; without one this is the only moment at which the text comes here.
    services.save_draft(
        user=request.user, exercise=exercise, source=data["source"], revision=data["revision"]
    )
    return HttpResponseRedirect(reverse("submission", args=[submission.pk]), status=HTTPStatus.SEE_OTHER)


@require_POST
def draft(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Keep what stands in the editor; tells when it took the place of another tab's text."""
    exercise = _exercise(request, module, slug)
    if not isinstance(request.user, User):
        return _sign_in_first(request, exercise)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": "The draft could not be read.", "reason": "invalid"}, status=400)
    data = form.cleaned_data
    seen = data["version"]
    try:
        kept = services.save_draft(
            user=request.user,
            exercise=exercise,
            source=data["source"],
            revision=data["revision"],
            version=seen,
        )
    except services.Refused as refusal:
        return JsonResponse({"error": refusal.text, "reason": refusal.code}, status=refusal.status)
    overtook = seen is not None and kept.version > seen + 1 and kept.previous != kept.source
    answer = {
        "version": kept.version,
        "updated": kept.updated.isoformat(),
        "replaced": kept.previous if overtook and kept.previous else None,
    }
    return JsonResponse(answer)


@require_safe
@never_cache
def notebook(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """The task, one's draft (or the starter) and what it uses of one's own, as a Jupyter notebook.

    Written from public text and their own answers only.
    """
    exercise = _exercise(request, module, slug)
    revision = exercise.current
    if revision is None:
        raise Http404("There is no such exercise.")
    user = request.user if isinstance(request.user, User) else None
    draft = services.draft_for(user=user, exercise=exercise) if user else None
    written = notebooks.write(
        title=revision.title,
        summary=revision.summary,
        task_md=str(revision.files.get("task.md", "")),
        given=revision.given,
        source=_text(exercise, draft, None),
        pieces=pieces.texts(pieces.choices(user, exercise, revision)),
    )
    name = f'attachment; filename="{exercise.slug}.ipynb"'
    return HttpResponse(
        written, content_type="application/x-ipynb+json", headers={"Content-Disposition": name}
    )


@require_safe
@login_required
@never_cache
def history(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """The list of one's finished submissions to an exercise, as a piece of the exercise page."""
    exercise = _exercise(request, module, slug)
    user = signed_in(request)
    mine = _history(user, exercise)
    finished = [each for each in mine if each.finished]
    context = {"history": finished, "exercise": exercise, "logged": runs.any_logged(mine)}
    return render(request, "submissions/_history.html", context)


@require_safe
@login_required
@never_cache
def past(request: HttpRequest, submission_id: int) -> HttpResponse:
    """The code of an earlier submission and what changed in it, as a piece of the exercise page."""
    user = signed_in(request)
    submission = _visible(user, submission_id)
    earlier = Submission.objects.filter(
        user_id=submission.user_id, exercise_id=submission.exercise_id, pk__lt=submission.pk
    ).defer("verdict")
    before = earlier.order_by("-pk").first()
    context = {
        "submission": submission,
        "message": submission.outcome_for(user).message,
        "before": before,
        "diff": diff_lines(before.source, submission.source) if before else None,
    }
    return render(request, "submissions/_past.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def solution(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """The reference, other accepted answers and known mistakes, for whoever may see them now; POST opens
    them. For everybody else the page says when they open. A script asks for the piece alone.
    """
    user = signed_in(request)
    exercise = _exercise(request, module, slug)
    if request.method == "POST":
        try:
            services.open_solution(user=user, exercise=exercise)
        except services.SolutionClosed as refusal:
            messages.warning(request, refusal.text, extra_tags="warn")
        if not _wants_piece(request):
            return redirect("solution", module, slug)
    found = solutions.access(user, exercise)
    context: dict[str, Any] = {"exercise": exercise, "access": found, "needed": solutions.HONEST_TRIES}
    if found.shown:
        kept = exercise.current.solution if exercise.current else {}
        context |= {"solution": kept, "mine": solutions.own_answer(user, exercise)}
    piece = _wants_piece(request)
    return render(request, "submissions/_solution.html" if piece else "submissions/solution.html", context)


@require_safe
@login_required
@never_cache
def logged_runs(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """What one's runs of an exercise logged: the chosen ones over each other, and how they were made."""
    exercise = _exercise(request, module, slug)
    found = runs.logged(signed_in(request), exercise)
    compared = runs.chosen(found, request.GET.getlist("run"))
    context = {
        "exercise": exercise,
        "runs": found,
        "compared": compared,
        "ids": [run.submission.pk for run in compared],
        "settings": runs.settings_of(compared),
        "most": runs.MOST_COMPARED,
        "points": [[str(run.submission.pk), runs.points_of(run)] for run in compared],
    }
    return render(request, "submissions/runs.html", context)


@require_safe
@login_required
@never_cache
def runs_csv(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """The points of the chosen runs as a table for programs."""
    exercise = _exercise(request, module, slug)
    found = runs.logged(signed_in(request), exercise)
    written = runs.as_csv(runs.chosen(found, request.GET.getlist("run")))
    response = HttpResponse(written, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{exercise.slug}-runs.csv"'
    return response


@require_safe
@login_required
@never_cache
def drawn(request: HttpRequest, submission_id: int) -> HttpResponse:
    """What a submission drew, for a page that did not bring it along because it is much."""
    return JsonResponse({"drawn": _visible(signed_in(request), submission_id).drawn()})


@require_safe
@login_required
@never_cache
def submission(request: HttpRequest, submission_id: int) -> HttpResponse:
    """One submission: its verdict, its code, and what changed since an earlier one."""
    user = signed_in(request)
    submission = _visible(user, submission_id)
    others = (
        Submission.objects.filter(
            user_id=submission.user_id, exercise_id=submission.exercise_id, pk__lt=submission.pk
        )
        .defer("verdict", "source")
        .order_by("-pk")[:HISTORY_SHOWN]
    )
    against = _against(request, submission)
    context = _result_context(user, submission)
    opened = _probe(context["verdict"], request.GET.get("check", ""))
    context |= {
        "open_check": opened["name"] if opened else "",
        "open_task": opened["task"] if opened else None,
        "exercise": submission.exercise,
        "others": others,
        "against": against,
        "diff": diff_lines(against.source, submission.source) if against else None,
        "teaches": user.pk != submission.user_id or user.is_staff,
        "opened": _opened_before(submission),
    }
    return render(request, "submissions/submission.html", context)


@require_safe
@login_required
@never_cache
def result(request: HttpRequest, submission_id: int) -> HttpResponse:
    """The verdict alone, as a piece of the exercise page."""
    user = signed_in(request)
    submission = _visible(user, submission_id)
    return render(request, "submissions/_verdict.html", _result_context(user, submission))


@require_safe
@login_required
@never_cache
def check(request: HttpRequest, submission_id: int, name: str) -> HttpResponse:
    """One check of a verdict with its values, as a piece of a page; `?whole` brings all that was kept."""
    user = signed_in(request)
    submission = _visible(user, submission_id)
    probe = _probe(submission.outcome_for(user).verdict, name)
    if probe is None:
        raise Http404("There is no such check.")
    here = f"{request.path}?whole=1"
    context = {"submission": submission, "probe": probe, "more": here, "whole": "whole" in request.GET}
    return render(request, "submissions/_check.html", context)


@require_POST
@login_required
def cancel(request: HttpRequest, submission_id: int) -> HttpResponse:
    """Stop a run. Only whoever started it (or staff) may."""
    user = signed_in(request)
    submission = _visible(user, submission_id)
    if user.pk != submission.user_id and not user.is_staff:
        raise PermissionDenied("Only the person who started it can stop it.")
    stopped = services.cancel(submission=submission)
    if _wants_json(request):
        if stopped:
            return JsonResponse({"stopped": True})
        return JsonResponse({"stopped": False, "error": "It had already ended."}, status=HTTPStatus.CONFLICT)
    return redirect("submission", submission.pk)


@require_POST
@login_required
def regrade(request: HttpRequest, submission_id: int) -> HttpResponse:
    """Grade a finished Submit again. For those who teach its author."""
    user = signed_in(request)
    submission = _visible(user, submission_id)
    if not _teaches(user, submission):
        raise PermissionDenied("Only instructors can have something graded again.")
    if services.regrade(submission=submission, by=user):
        messages.success(request, "It is being graded again.", extra_tags="pass")
    else:
        messages.warning(
            request,
            "Only a finished Submit can be graded again, of who has passed what its exercise uses.",
            extra_tags="warn",
        )
    return redirect("submission", submission.pk)


# --- what the views above share ---------------------------------------------------------------------


def _exercise(request: HttpRequest, module: str, slug: str) -> Exercise:
    found = exercises_of(request.user).with_readiness().filter(module__slug=module, slug=slug).first()
    if found is None:
        raise Http404("There is no such exercise.")
    return found


def _as_author(user: User | None, exercise: Exercise) -> dict[str, bool] | None:
    """For who writes courses: whether this one is theirs to change, and that they have read its answer."""
    if user is None or not may_write(user):
        return None
    return {
        "own": written_by(user).filter(pk=exercise.module.course_id).exists(),
        "copies": copied_by(user).filter(pk=exercise.module.course_id).exists(),
        "ungraded": ungraded(exercise.module.course_id).filter(pk=user.pk).exists(),
    }


def _visible(user: User, submission_id: int) -> Submission:
    mine_or_taught = Submission.objects.visible_to(user).select_related(
        "exercise__current", "exercise__module", "user"
    )
    return get_object_or_404(mine_or_taught, pk=submission_id)


def _teaches(user: User, submission: Submission) -> bool:
    return user.is_staff or taught_by(user).filter(pk=submission.user_id).exists()


def _result_context(user: User, submission: Submission) -> dict[str, Any]:
    own = user.pk == submission.user_id
    later = None
    if own and submission.kind == Kind.SUBMIT and submission.word == "passed":
        later = _neighbours(submission.exercise)[1]
    return {
        "submission": submission,
        "verdict": submission.outcome_for(user).verdict,
        "drawn": _drawn(submission) if submission.finished else None,
        "next": later,
        "own": own,
        "replaced": submission.state == State.CANCELLED and submission.was_replaced(),
        "active": None if submission.finished else _following(submission),
    }


def _drawn(submission: Submission) -> dict[str, Any] | None:
    """What a page draws of a submission: brought along if it is little, otherwise where to fetch it."""
    events = submission.drawn()
    if not events:
        return None
    if sum(len(json.dumps(data)) for _, data in events) > BROUGHT_ALONG:
        return {"from": reverse("submission_drawn", args=[submission.pk])}
    return {"events": events}


def _history(user: User | None, exercise: Exercise) -> list[Submission]:
    if user is None:
        return []
    mine = Submission.objects.filter(user=user, exercise=exercise).order_by("-pk")
    return list(mine.defer("verdict", "source")[:HISTORY_SHOWN])


def _neighbours(exercise: Exercise) -> tuple[Exercise | None, Exercise | None]:
    """The exercises before and after this one in the course."""
    names = ("slug", "name", "module__slug", "lesson__slug", "current__title")
    course = list(Exercise.objects.published().filter(module__course=exercise.module.course_id).only(*names))
    at = next((index for index, each in enumerate(course) if each.pk == exercise.pk), None)
    if at is None:
        return None, None
    return (course[at - 1] if at else None), (course[at + 1] if at + 1 < len(course) else None)


def _taken(request: HttpRequest, exercise: Exercise) -> Submission | None:
    """`?from=12`: the code of an earlier submission of one's own, to go on from."""
    number = key_of(request.GET.get("from", ""))
    if number is None or not isinstance(request.user, User):
        return None
    return Submission.objects.filter(user=request.user, exercise=exercise, pk=number).first()


def _text(exercise: Exercise, draft: Draft | None, taken: Submission | None) -> str:
    """What stands in the editor at first: an earlier submission asked for, the draft, or the starter."""
    if taken is not None:
        return taken.source
    if draft is not None:
        return draft.source
    return exercise.current.starter if exercise.current else ""


def _opened_before(submission: Submission) -> OpenedSolution | None:
    """That its author had seen the solution when this was handed in."""
    return OpenedSolution.objects.filter(
        user_id=submission.user_id, exercise_id=submission.exercise_id, opened__lte=submission.created
    ).first()


def _against(request: HttpRequest, submission: Submission) -> Submission | None:
    number = key_of(request.GET.get("against", ""))
    if number is None:
        return None
    same = Submission.objects.filter(user_id=submission.user_id, exercise_id=submission.exercise_id)
    return same.filter(pk=number).first()


def _outdated(exercise: Exercise, draft: Draft | None) -> dict[str, Any] | None:
    """What to say when the exercise changed since this draft was begun."""
    current = exercise.current
    if draft is None or current is None or not draft.revision or draft.revision == current.digest:
        return None
    before = exercise.revisions.filter(digest=draft.revision).first()
    if before is None:
        return {"diff": None}
    if before.starter == current.starter and before.task_html == current.task_html:
        return None
    return {"diff": diff_lines(before.starter, current.starter)}


def _addresses(submission: Submission, after: int | None = None) -> dict[str, Any]:
    events = reverse("submission_events", args=[submission.pk])
    return {
        "id": submission.pk,
        "url": reverse("submission", args=[submission.pk]),
        "events": f"{events}?after={after}" if after else events,
        "result": reverse("submission_result", args=[submission.pk]),
        "cancel": reverse("submission_cancel", args=[submission.pk]),
        "pace": _pace(),
    }


def _pace() -> float:
    """Seconds that one submission takes at present: recent gradings, over the slots of live workers."""
    recent = Submission.objects.filter(state=State.GRADED, claimed_at__isnull=False).order_by("-pk")
    times = recent.values_list("claimed_at", "finished_at")[:20]
    took = [(finished - claimed).total_seconds() for claimed, finished in times if claimed and finished]
    slots = WorkerSign.objects.alive().aggregate(all=Sum("slots"))["all"] or 1
    return round(sum(took) / len(took) / slots, 3) if took else 0.0


def _probe(verdict: dict[str, Any] | None, name: str) -> dict[str, Any] | None:
    probes = verdict["probes"] if verdict else []
    return next((probe for probe in probes if probe["name"] == name), None)


def _following(submission: Submission) -> dict[str, Any]:
    """Where to follow an unfinished submission. One that is graded again begins where that was asked for.

    Not after its last end: since `submission` was read there may be a new one, which the page has not seen.
    """
    asked = submission.events.filter(kind=EventKind.REQUEUED, data__has_key="regrade")
    after = asked.aggregate(last=Max("pk"))["last"]
    seconds = max(0.0, (clock.now() - submission.queued_at).total_seconds())
    return _addresses(submission, after) | {"kind": submission.kind, "seconds": round(seconds, 1)}


def _page_data(
    user: User | None, exercise: Exercise, draft: Draft | None, active: Submission | None
) -> dict[str, Any]:
    """What exercise.ts reads; see PageData there."""
    names = {"module": exercise.module.slug, "slug": exercise.slug}
    keys = [f"zg:draft:{user.pk if user else 'visitor'}:{exercise.name}"]
    if user:
        keys.append(f"zg:draft:visitor:{exercise.name}")
    return {
        "submit": reverse("submit", kwargs=names),
        "draft": reverse("draft", kwargs=names) if user else None,
        "history": reverse("history", kwargs=names),
        "login": reverse("account_login"),
        "editor": static("dist/editor.js"),
        "most": settings.SOURCE_LIMIT_BYTES,
        "keys": keys,
        "revision": exercise.current.digest if exercise.current else "",
        "version": draft.version if draft else 0,
        "starter": exercise.current.starter if exercise.current else "",
        "open": exercise.ready,
        "signedIn": user is not None,
        "active": _following(active) if active else None,
    }


def _wants_piece(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _sign_in_first(request: HttpRequest, exercise: Exercise) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": "Sign in to run code.", "reason": "signed_out"}, status=401)
    page = reverse("exercise", args=[exercise.module.slug, exercise.slug])
    return redirect(f"{reverse('account_login')}?next={page}")


def _refuse(
    request: HttpRequest, exercise: Exercise, text: str, reason: str, status: int, retry_after: int = 0
) -> HttpResponse:
    """A sentence: as JSON for a script, on a page for a plain form."""
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    if _wants_json(request):
        data = {"error": text, "reason": reason, "retry_after": retry_after}
        return JsonResponse(data, status=status, headers=headers)
    context = {"exercise": exercise, "sentence": text, "source": request.POST.get("source", "")}
    response = render(request, "submissions/refused.html", context, status=status)
    for name, value in headers.items():
        response[name] = value
    return response
