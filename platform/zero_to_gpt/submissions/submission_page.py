"""The page of one submission, its pieces for other pages, and what may be done with it there."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from grader.verdict import Kind, State
from zero_to_gpt.accounts.models import User
from zero_to_gpt.accounts.services import signed_in
from zero_to_gpt.addresses import key_of
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.cohorts.models import Role
from zero_to_gpt.cohorts.roles import cohort_for, students_of, taught_by
from zero_to_gpt.submissions import following, submitting
from zero_to_gpt.submissions.exercise_page import HISTORY_SHOWN
from zero_to_gpt.submissions.exercises import neighbours
from zero_to_gpt.submissions.models import OpenedSolution, Submission
from zero_to_gpt.submissions.refusals import Refused
from zero_to_gpt.submissions.textdiff import diff_lines


@require_safe
@login_required
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
        "teaches": (teaches := user.pk != submission.user_id or user.is_staff),
        "restored": teaches and submission.was_restored(),
        "may_stop": submitting.may_stop(submission=submission, by=user),
        "opened": _opened_before(submission),
    }
    return render(request, "submissions/submission.html", context)


@require_safe
@login_required
def result(request: HttpRequest, submission_id: int) -> HttpResponse:
    """The verdict alone, as a piece of the exercise page."""
    user = signed_in(request)
    submission = _visible(user, submission_id)
    return render(request, "submissions/_verdict.html", _result_context(user, submission))


@require_safe
@login_required
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


@require_safe
@login_required
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


@require_safe
@login_required
def drawn(request: HttpRequest, submission_id: int) -> HttpResponse:
    """What a submission drew, for a page that did not bring it along because it is much."""
    return JsonResponse({"drawn": _visible(signed_in(request), submission_id).drawn()})


@require_POST
@login_required
def cancel(request: HttpRequest, submission_id: int) -> HttpResponse:
    """Stop a run. Only whoever started it (or staff) may."""
    user = signed_in(request)
    submission = _visible(user, submission_id)
    if user.pk != submission.user_id and not user.is_staff:
        raise PermissionDenied("Only the person who started it can stop it.")
    try:
        stopped = submitting.stop(submission=submission, by=user)
    except Refused as refusal:
        if not following.wants_json(request):
            raise PermissionDenied(refusal.text) from None
        answer = {"stopped": False, "error": refusal.text, "reason": refusal.code}
        return JsonResponse(answer, status=refusal.status)
    if following.wants_json(request):
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
    if submitting.regrade(submission=submission, by=user):
        messages.success(request, "It is being graded again.", extra_tags="pass")
    else:
        messages.warning(
            request,
            "Only a finished Submit can be graded again, of who has passed what its exercise uses.",
            extra_tags="warn",
        )
    return redirect("submission", submission.pk)


@require_POST
@login_required
def regrade_outdated(request: HttpRequest, slug: str, module: str, exercise: str) -> HttpResponse:
    """Grade again what an earlier version of an exercise did not pass, of a cohort that one teaches."""
    user = signed_in(request)
    cohort = cohort_for(user, slug, at_least=Role.INSTRUCTOR)
    found = Exercise.objects.published().filter(module__course=cohort.course_id)
    asked = get_object_or_404(found, module__slug=module, slug=exercise)
    students = list(students_of(cohort).values_list("pk", flat=True))
    count = submitting.regrade_outdated(users=students, exercise=asked, by=user)
    if count:
        many = "One answer is" if count == 1 else f"{count} answers are"
        messages.success(request, f"{many} being graded again.", extra_tags="pass")
    else:
        messages.warning(request, "There was nothing to grade again.", extra_tags="warn")
    return redirect("cohort_exercise", slug, module, exercise)


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
        later = neighbours(submission.exercise)[1]
    return {
        "submission": submission,
        "verdict": submission.outcome_for(user).verdict,
        "drawn": following.drawn(submission) if submission.finished else None,
        "next": later,
        "own": own,
        "replaced": submission.state == State.CANCELLED and submission.was_replaced(),
        "active": None if submission.finished else following.where_to_follow(submission),
    }


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


def _probe(verdict: dict[str, Any] | None, name: str) -> dict[str, Any] | None:
    probes = verdict["probes"] if verdict else []
    return next((probe for probe in probes if probe["name"] == name), None)
