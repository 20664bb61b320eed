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
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.cohorts.roles import copied_by, courses_of, may_write, taught_by, ungraded, written_by
from zero_to_gpt.fleet import clock
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions import runs, services, solutions
from zero_to_gpt.submissions.forms import DraftForm, SubmitForm
from zero_to_gpt.submissions.models import Draft, EventKind, OpenedSolution, Submission
from zero_to_gpt.submissions.textdiff import diff_lines

HISTORY_SHOWN = 20
BROUGHT_ALONG = 24_000
"""Bytes of curves and figures that stand in a page itself."""


@require_safe
@never_cache
def exercise(request: HttpRequest, module: str, exercise: str) -> HttpResponse:
    """Text, editor and results. Visitors may read and type; running needs an account."""
    place = _exercise(request, module, exercise)
    user = request.user if isinstance(request.user, User) else None
    draft = services.draft_for(user=user, exercise=place) if user else None
    mine = _history(user, place)
    latest = next((each for each in mine if each.finished), None)
    active = next((each for each in mine if not each.finished), None)
    earlier, later = _neighbours(place)
    taken = _taken(request, place)
    context = {
        "exercise": place,
        "revision": place.current,
        "source": _text(place, draft, taken),
        "taken": taken,
        "draft": draft,
        "outdated": _outdated(place, draft),
        "history": [each for each in mine if each.finished],
        "logged": bool(mine) and runs.any_logged(mine),
        "submission": latest,
        "verdict": latest.outcome_for(user).verdict if user and latest else None,
        "drawn": _drawn(latest) if latest else None,
        "earlier": earlier,
        "next": later,
        "key": secrets.token_urlsafe(16),
        "author": _as_author(user, place),
        "page_data": _page_data(user, place, draft, active),
    }
    return render(request, "submissions/exercise.html", context)


@require_POST
def submit(request: HttpRequest, module: str, exercise: str) -> HttpResponse:
    """Run or Submit. A script asks for JSON and follows the events; a plain form goes to the submission."""
    place = _exercise(request, module, exercise)
    if not isinstance(request.user, User):
        return _sign_in_first(request, place)
    form = SubmitForm(request.POST)
    if not form.is_valid():
        return _refuse(
            request, place, "The form was incomplete. Reload the page and try again.", "invalid", 400
        )
    data = form.cleaned_data
    try:
        submission = services.submit(
            user=request.user,
            exercise=place,
            kind=Kind(data["kind"]),
            source=data["source"],
            idempotency_key=data["idempotency_key"],
            revision=data["revision"],
            only=data["only"],
        )
    except services.Refused as refusal:
        retry_after = refusal.retry_after if isinstance(refusal, services.TooFast) else 0
        return _refuse(request, place, refusal.text, refusal.code, refusal.status, retry_after)
    if _wants_json(request):
        return JsonResponse(_addresses(submission), status=HTTPStatus.CREATED)
    # A script saves drafts by itself; without one this is the only moment at which the text comes here.
    services.save_draft(user=request.user, exercise=place, source=data["source"], revision=data["revision"])
    return HttpResponseRedirect(reverse("submission", args=[submission.pk]), status=HTTPStatus.SEE_OTHER)


@require_POST
def draft(request: HttpRequest, module: str, exercise: str) -> HttpResponse:
    """Keep what stands in the editor; tells when it took the place of another tab's text."""
    place = _exercise(request, module, exercise)
    if not isinstance(request.user, User):
        return _sign_in_first(request, place)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": "The draft could not be read.", "reason": "invalid"}, status=400)
    data = form.cleaned_data
    seen = data["version"]
    try:
        kept = services.save_draft(
            user=request.user,
            exercise=place,
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
def notebook(request: HttpRequest, module: str, exercise: str) -> HttpResponse:
    """The task and one's draft (or the starter) as a Jupyter notebook. Written from public text only."""
    place = _exercise(request, module, exercise)
    revision = place.current
    if revision is None:
        raise Http404("There is no such exercise.")
    draft = services.draft_for(user=request.user, exercise=place) if isinstance(request.user, User) else None
    written = notebooks.write(
        title=revision.title,
        summary=revision.summary,
        task_md=str(revision.files.get("task.md", "")),
        given=revision.given,
        source=_text(place, draft, None),
    )
    name = f'attachment; filename="{place.slug}.ipynb"'
    return HttpResponse(
        written, content_type="application/x-ipynb+json", headers={"Content-Disposition": name}
    )


@require_safe
@login_required
@never_cache
def history(request: HttpRequest, module: str, exercise: str) -> HttpResponse:
    """The list of one's finished submissions to an exercise, as a piece of the exercise page."""
    place = _exercise(request, module, exercise)
    user = signed_in(request)
    mine = _history(user, place)
    finished = [each for each in mine if each.finished]
    context = {"history": finished, "exercise": place, "logged": runs.any_logged(mine)}
    return render(request, "submissions/_history.html", context)


@require_safe
@login_required
@never_cache
def past(request: HttpRequest, submission_id: int) -> HttpResponse:
    """The code of an earlier submission and what changed in it, as a piece of the exercise page."""
    user = signed_in(request)
    shown = _visible(user, submission_id)
    earlier = Submission.objects.filter(
        user_id=shown.user_id, exercise_id=shown.exercise_id, pk__lt=shown.pk
    ).defer("verdict")
    before = earlier.order_by("-pk").first()
    context = {
        "submission": shown,
        "message": shown.outcome_for(user).message,
        "before": before,
        "diff": diff_lines(before.source, shown.source) if before else None,
    }
    return render(request, "submissions/_past.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def solution(request: HttpRequest, module: str, exercise: str) -> HttpResponse:
    """The reference, other accepted answers and known mistakes, for whoever may see them now; POST opens
    them. For everybody else the page says when they open. A script asks for the piece alone.
    """
    user = signed_in(request)
    place = _exercise(request, module, exercise)
    if request.method == "POST":
        try:
            services.open_solution(user=user, exercise=place)
        except services.SolutionClosed as refusal:
            messages.warning(request, refusal.text, extra_tags="warn")
        if not _wants_piece(request):
            return redirect("solution", module, exercise)
    found = solutions.access(user, place)
    context: dict[str, Any] = {"exercise": place, "access": found, "needed": solutions.HONEST_TRIES}
    if found.shown:
        kept = place.current.solution if place.current else {}
        context |= {"solution": kept, "mine": solutions.own_answer(user, place)}
    piece = _wants_piece(request)
    return render(request, "submissions/_solution.html" if piece else "submissions/solution.html", context)


@require_safe
@login_required
@never_cache
def logged_runs(request: HttpRequest, module: str, exercise: str) -> HttpResponse:
    """What one's runs of an exercise logged: the chosen ones over each other, and how they were made."""
    place = _exercise(request, module, exercise)
    found = runs.logged(signed_in(request), place)
    compared = runs.chosen(found, request.GET.getlist("run"))
    context = {
        "exercise": place,
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
def runs_csv(request: HttpRequest, module: str, exercise: str) -> HttpResponse:
    """The points of the chosen runs as a table for programs."""
    place = _exercise(request, module, exercise)
    found = runs.logged(signed_in(request), place)
    written = runs.as_csv(runs.chosen(found, request.GET.getlist("run")))
    response = HttpResponse(written, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{place.slug}-runs.csv"'
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
    shown = _visible(user, submission_id)
    others = (
        Submission.objects.filter(user_id=shown.user_id, exercise_id=shown.exercise_id, pk__lt=shown.pk)
        .defer("verdict", "source")
        .order_by("-pk")[:HISTORY_SHOWN]
    )
    against = _against(request, shown)
    context = _result_context(user, shown)
    opened = _probe(context["verdict"], request.GET.get("check", ""))
    context |= {
        "open_check": opened["name"] if opened else "",
        "open_task": opened["task"] if opened else None,
        "exercise": shown.exercise,
        "others": others,
        "against": against,
        "diff": diff_lines(against.source, shown.source) if against else None,
        "teaches": user.pk != shown.user_id or user.is_staff,
        "opened": _opened_before(shown),
    }
    return render(request, "submissions/submission.html", context)


@require_safe
@login_required
@never_cache
def result(request: HttpRequest, submission_id: int) -> HttpResponse:
    """The verdict alone, as a piece of the exercise page."""
    user = signed_in(request)
    shown = _visible(user, submission_id)
    return render(request, "submissions/_verdict.html", _result_context(user, shown))


@require_safe
@login_required
@never_cache
def check(request: HttpRequest, submission_id: int, name: str) -> HttpResponse:
    """One check of a verdict with its values, as a piece of a page; `?whole` brings all that was kept."""
    user = signed_in(request)
    shown = _visible(user, submission_id)
    probe = _probe(shown.outcome_for(user).verdict, name)
    if probe is None:
        raise Http404("There is no such check.")
    here = f"{request.path}?whole=1"
    context = {"submission": shown, "probe": probe, "more": here, "whole": "whole" in request.GET}
    return render(request, "submissions/_check.html", context)


@require_POST
@login_required
def cancel(request: HttpRequest, submission_id: int) -> HttpResponse:
    """Stop a run. Only whoever started it (or staff) may."""
    user = signed_in(request)
    shown = _visible(user, submission_id)
    if user.pk != shown.user_id and not user.is_staff:
        raise PermissionDenied("Only the person who started it can stop it.")
    stopped = services.cancel(submission=shown)
    if _wants_json(request):
        if stopped:
            return JsonResponse({"stopped": True})
        return JsonResponse({"stopped": False, "error": "It had already ended."}, status=HTTPStatus.CONFLICT)
    return redirect("submission", shown.pk)


@require_POST
@login_required
def regrade(request: HttpRequest, submission_id: int) -> HttpResponse:
    """Grade a finished Submit again. For those who teach its author."""
    user = signed_in(request)
    shown = _visible(user, submission_id)
    if not _teaches(user, shown):
        raise PermissionDenied("Only instructors can have something graded again.")
    if services.regrade(submission=shown, by=user):
        messages.success(request, "It is being graded again.", extra_tags="pass")
    else:
        messages.warning(
            request,
            "Only a finished Submit can be graded again, of who has passed what its exercise uses.",
            extra_tags="warn",
        )
    return redirect("submission", shown.pk)


# --- what the views above share ---------------------------------------------------------------------


def _exercise(request: HttpRequest, module: str, slug: str) -> Exercise:
    open_to = Exercise.objects.published().filter(module__course__in=courses_of(request.user))
    found = open_to.with_readiness().filter(module__slug=module, slug=slug).first()
    if found is None:
        raise Http404("There is no such exercise.")
    return found


def _as_author(user: User | None, place: Exercise) -> dict[str, bool] | None:
    """For who writes courses: whether this one is theirs to change, and that they have read its answer."""
    if user is None or not may_write(user):
        return None
    return {
        "own": written_by(user).filter(pk=place.module.course_id).exists(),
        "copies": copied_by(user).filter(pk=place.module.course_id).exists(),
        "ungraded": ungraded(place.module.course_id).filter(pk=user.pk).exists(),
    }


def _visible(user: User, submission_id: int) -> Submission:
    mine_or_taught = Submission.objects.visible_to(user).select_related(
        "exercise__current", "exercise__module", "user"
    )
    return get_object_or_404(mine_or_taught, pk=submission_id)


def _teaches(user: User, shown: Submission) -> bool:
    return user.is_staff or taught_by(user).filter(pk=shown.user_id).exists()


def _result_context(user: User, shown: Submission) -> dict[str, Any]:
    own = user.pk == shown.user_id
    later = None
    if own and shown.kind == Kind.SUBMIT and shown.word == "passed":
        later = _neighbours(shown.exercise)[1]
    return {
        "submission": shown,
        "verdict": shown.outcome_for(user).verdict,
        "drawn": _drawn(shown) if shown.finished else None,
        "next": later,
        "own": own,
        "replaced": shown.state == State.CANCELLED and shown.was_replaced(),
        "active": None if shown.finished else _following(shown),
    }


def _drawn(shown: Submission) -> dict[str, Any] | None:
    """What a page draws of a submission: brought along if it is little, otherwise where to fetch it."""
    events = shown.drawn()
    if not events:
        return None
    if sum(len(json.dumps(data)) for _, data in events) > BROUGHT_ALONG:
        return {"from": reverse("submission_drawn", args=[shown.pk])}
    return {"events": events}


def _history(user: User | None, place: Exercise) -> list[Submission]:
    if user is None:
        return []
    mine = Submission.objects.filter(user=user, exercise=place).order_by("-pk")
    return list(mine.defer("verdict", "source")[:HISTORY_SHOWN])


def _neighbours(place: Exercise) -> tuple[Exercise | None, Exercise | None]:
    """The exercises before and after this one in the course."""
    names = ("slug", "name", "module__slug", "lesson__slug", "current__title")
    course = list(Exercise.objects.published().filter(module__course=place.module.course_id).only(*names))
    at = next((index for index, each in enumerate(course) if each.pk == place.pk), None)
    if at is None:
        return None, None
    return (course[at - 1] if at else None), (course[at + 1] if at + 1 < len(course) else None)


def _taken(request: HttpRequest, place: Exercise) -> Submission | None:
    """`?from=12`: the code of an earlier submission of one's own, to go on from."""
    number = request.GET.get("from", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19 and isinstance(request.user, User)):
        return None
    return Submission.objects.filter(user=request.user, exercise=place, pk=int(number)).first()


def _text(place: Exercise, draft: Draft | None, taken: Submission | None) -> str:
    """What stands in the editor at first: an earlier submission asked for, the draft, or the starter."""
    if taken is not None:
        return taken.source
    if draft is not None:
        return draft.source
    return place.current.starter if place.current else ""


def _opened_before(shown: Submission) -> OpenedSolution | None:
    """That its author had seen the solution when this was handed in."""
    return OpenedSolution.objects.filter(
        user_id=shown.user_id, exercise_id=shown.exercise_id, opened__lte=shown.created
    ).first()


def _against(request: HttpRequest, shown: Submission) -> Submission | None:
    number = request.GET.get("against", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    same = Submission.objects.filter(user_id=shown.user_id, exercise_id=shown.exercise_id)
    return same.filter(pk=int(number)).first()


def _outdated(place: Exercise, draft: Draft | None) -> dict[str, Any] | None:
    """What to say when the exercise changed since this draft was begun."""
    current = place.current
    if draft is None or current is None or not draft.revision or draft.revision == current.digest:
        return None
    before = place.revisions.filter(digest=draft.revision).first()
    if before is None:
        return {"diff": None}
    if before.starter == current.starter and before.task_html == current.task_html:
        return None
    return {"diff": diff_lines(before.starter, current.starter)}


def _addresses(shown: Submission, after: int | None = None) -> dict[str, Any]:
    events = reverse("submission_events", args=[shown.pk])
    return {
        "id": shown.pk,
        "url": reverse("submission", args=[shown.pk]),
        "events": f"{events}?after={after}" if after else events,
        "result": reverse("submission_result", args=[shown.pk]),
        "cancel": reverse("submission_cancel", args=[shown.pk]),
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


def _following(shown: Submission) -> dict[str, Any]:
    """Where to follow an unfinished submission. One that is graded again begins where that was asked for.

    Not after its last end: since `shown` was read there may be a new one, which the page has not seen.
    """
    asked = shown.events.filter(kind=EventKind.REQUEUED, data__has_key="regrade")
    after = asked.aggregate(last=Max("pk"))["last"]
    seconds = max(0.0, (clock.now() - shown.queued_at).total_seconds())
    return _addresses(shown, after) | {"kind": shown.kind, "seconds": round(seconds, 1)}


def _page_data(
    user: User | None, place: Exercise, draft: Draft | None, active: Submission | None
) -> dict[str, Any]:
    """What exercise.ts reads; see PageData there."""
    names = {"module": place.module.slug, "exercise": place.slug}
    keys = [f"zg:draft:{user.pk if user else 'visitor'}:{place.name}"]
    if user:
        keys.append(f"zg:draft:visitor:{place.name}")
    return {
        "submit": reverse("submit", kwargs=names),
        "draft": reverse("draft", kwargs=names) if user else None,
        "history": reverse("history", kwargs=names),
        "login": reverse("account_login"),
        "editor": static("dist/editor.js"),
        "most": settings.SOURCE_LIMIT_BYTES,
        "keys": keys,
        "revision": place.current.digest if place.current else "",
        "version": draft.version if draft else 0,
        "starter": place.current.starter if place.current else "",
        "open": place.ready,
        "signedIn": user is not None,
        "active": _following(active) if active else None,
    }


def _wants_piece(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _sign_in_first(request: HttpRequest, place: Exercise) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": "Sign in to run code.", "reason": "signed_out"}, status=401)
    page = reverse("exercise", args=[place.module.slug, place.slug])
    return redirect(f"{reverse('account_login')}?next={page}")


def _refuse(
    request: HttpRequest, place: Exercise, text: str, reason: str, status: int, retry_after: int = 0
) -> HttpResponse:
    """A sentence: as JSON for a script, on a page for a plain form."""
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    if _wants_json(request):
        data = {"error": text, "reason": reason, "retry_after": retry_after}
        return JsonResponse(data, status=status, headers=headers)
    context = {"exercise": place, "sentence": text, "source": request.POST.get("source", "")}
    response = render(request, "submissions/refused.html", context, status=status)
    for name, value in headers.items():
        response[name] = value
    return response
