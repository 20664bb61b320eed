"""Deadlines of a cohort, more time for somebody, and points that somebody who teaches has set."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from zero_to_gpt.accounts.models import User
from zero_to_gpt.accounts.services import signed_in
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.cohorts import deadlines as services
from zero_to_gpt.cohorts.forms import DeadlineForm, ExtensionForm, OverrideForm
from zero_to_gpt.cohorts.models import Cohort, Deadline, Extension, Role
from zero_to_gpt.cohorts.roles import cohort_for, students_of


@dataclass(frozen=True)
class Shown:
    """A deadline on its page."""

    deadline: Deadline
    due: services.Due
    key: str
    extensions: list[Extension]


@require_http_methods(["GET", "POST"])
@login_required
def deadlines(request: HttpRequest, slug: str) -> HttpResponse:
    """All deadlines of a cohort, and a form that sets one or moves the one of that place."""
    user = signed_in(request)
    cohort = cohort_for(user, slug, at_least=Role.INSTRUCTOR)
    if request.method != "POST":
        return _page(request, cohort)
    form = DeadlineForm(cohort.course, request.POST)
    if form.is_valid():
        try:
            done = services.set_deadline(
                cohort=cohort, due=form.moment(), by=user, module=form.module(), exercise=form.exercise()
            )
        except services.Unfit as refusal:
            form.add_error("due", str(refusal))
        else:
            said = f"{done.place} is due until {done.due:%d %b %Y, %H:%M} UTC."
            messages.success(request, said, extra_tags="pass")
            return redirect("deadlines", slug)
    return _page(request, cohort, setting=form)


@require_POST
@login_required
def deadline(request: HttpRequest, slug: str, deadline_id: int) -> HttpResponse:
    """Remove a deadline, and with it the extensions."""
    user = signed_in(request)
    cohort = cohort_for(user, slug, at_least=Role.INSTRUCTOR)
    found = get_object_or_404(_listed(cohort), pk=deadline_id)
    services.remove_deadline(deadline=found, by=user)
    messages.success(request, f"{found.place} has no deadline any more.", extra_tags="pass")
    return redirect("deadlines", slug)


@require_POST
@login_required
def extensions(request: HttpRequest, slug: str) -> HttpResponse:
    """Give one student more time."""
    user = signed_in(request)
    cohort = cohort_for(user, slug, at_least=Role.INSTRUCTOR)
    form = ExtensionForm(students_of(cohort), _listed(cohort), request.POST)
    if form.is_valid():
        student, found = form.cleaned_data["student"], form.cleaned_data["deadline"]
        try:
            done = services.extend(
                deadline=found,
                student=student,
                due=form.moment(),
                by=user,
                reason=form.cleaned_data["reason"],
            )
        except services.Unfit as refusal:
            form.add_error("due", str(refusal))
        else:
            said = f"{student.name} has time for {found.place} until {done.due:%d %b %Y, %H:%M} UTC."
            messages.success(request, said, extra_tags="pass")
            return redirect("deadlines", slug)
    return _page(request, cohort, extending=form)


@require_POST
@login_required
def extension(request: HttpRequest, slug: str, extension_id: int) -> HttpResponse:
    """Take an extension back: the deadline of everybody counts again."""
    user = signed_in(request)
    cohort = cohort_for(user, slug, at_least=Role.INSTRUCTOR)
    mine = Extension.objects.filter(deadline__cohort=cohort).select_related("user", "deadline__cohort")
    found = get_object_or_404(mine, pk=extension_id)
    services.end_extension(extension=found, by=user)
    messages.success(request, f"The extension of {found.user.name} has ended.", extra_tags="pass")
    return redirect("deadlines", slug)


@require_POST
@login_required
def points(request: HttpRequest, slug: str, student_id: int) -> HttpResponse:
    """Set what a student's work on an exercise counts here, or let the verdicts count again."""
    user = signed_in(request)
    cohort = cohort_for(user, slug, at_least=Role.INSTRUCTOR)
    student = get_object_or_404(students_of(cohort), pk__in=User.objects.filter(pk=student_id))
    shown = Exercise.objects.published().filter(module__course=cohort.course_id)
    exercise = get_object_or_404(shown, name=request.POST.get("exercise", "")[:161].replace("\0", ""))
    if "end" in request.POST:
        services.end_override(cohort=cohort, student=student, exercise=exercise, by=user)
        messages.success(request, f"The verdicts count again for {exercise.title}.", extra_tags="pass")
        return redirect("cohort_student", slug, student.pk)
    form = OverrideForm(request.POST)
    try:
        if not form.is_valid():
            raise services.Unfit(_first(form))
        done = services.override(
            cohort=cohort,
            student=student,
            exercise=exercise,
            points=form.cleaned_data["points"],
            reason=form.cleaned_data["reason"],
            by=user,
        )
    except services.Unfit as refusal:
        messages.warning(request, f"{exercise.title}: {refusal} Nothing was changed.", extra_tags="warn")
    else:
        messages.success(request, f"{exercise.title} counts {done.points:g} now.", extra_tags="pass")
    return redirect("cohort_student", slug, student.pk)


def _first(form: OverrideForm) -> str:
    return next(str(text) for found in form.errors.values() for text in found)


def _listed(cohort: Cohort) -> QuerySet[Deadline]:
    return Deadline.objects.filter(cohort=cohort).select_related("module", "exercise__current")


def _page(
    request: HttpRequest,
    cohort: Cohort,
    *,
    setting: DeadlineForm | None = None,
    extending: ExtensionForm | None = None,
) -> HttpResponse:
    """The page of all deadlines; a form that was refused as it was typed.

    `?move=e34` and `?extend=12` name the place and the deadline that its two forms begin with.
    """
    given = Extension.objects.filter(deadline__cohort=cohort).select_related("user", "by")
    theirs: dict[int, list[Extension]] = {}
    for each in given:
        theirs.setdefault(each.deadline_id, []).append(each)
    shown = [
        Shown(
            each,
            services.Due(each.due, cohort),
            f"e{each.exercise_id}" if each.exercise_id is not None else f"m{each.module_id}",
            theirs.get(each.pk, []),
        )
        for each in _listed(cohort)
    ]
    status = 400 if setting or extending else 200
    move = next((each for each in shown if each.key == request.GET.get("move")), None)
    if setting is None:
        first = {"place": move.key, "due": move.deadline.due} if move else {}
        setting = DeadlineForm(cohort.course, initial=first)
    students = students_of(cohort)
    if extending is None and shown and students:
        more = next((each for each in shown if str(each.deadline.pk) == request.GET.get("extend")), shown[0])
        first = {"deadline": more.deadline.pk, "due": more.deadline.due}
        extending = ExtensionForm(students, _listed(cohort), auto_id="extend_%s", initial=first)
    context = {
        "cohort": cohort,
        "setting": setting,
        "extending": extending,
        "deadlines": shown,
        "writes": True,  # who teaches may
    }
    return render(request, "cohorts/deadlines.html", context, status=status)
