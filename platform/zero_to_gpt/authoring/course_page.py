"""The pages of courses: those that somebody writes, one of them, and how an exercise is copied into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grader import templates
from zero_to_gpt.accounts.models import User
from zero_to_gpt.addresses import key_of
from zero_to_gpt.authoring import drafts, queries, structure
from zero_to_gpt.authoring.desk import author_of, course_of
from zero_to_gpt.authoring.forms import ChangeForm, CourseForm
from zero_to_gpt.authoring.refusals import Refused
from zero_to_gpt.catalog.models import Course, Exercise, Lesson, Module
from zero_to_gpt.cohorts.models import Cohort, Role
from zero_to_gpt.cohorts.roles import cohorts_of, copied_by, written_by


@require_http_methods(["GET", "POST"])
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The courses that one writes, and a field to begin another one."""
    user = author_of(request)
    if request.method == "POST":
        form = CourseForm(request.POST)
        if form.is_valid():
            source = copied_by(user).filter(slug=form.cleaned_data["copy_of"]).first()
            course = structure.begin_course(by=user, title=form.cleaned_data["title"], copy_of=source)
            return redirect("authoring_course", course.slug)
        told = "A course needs a title." if "title" in form.errors else "There is no such course to copy."
        messages.warning(request, told, extra_tags="warn")
    context = {"written": written_by(user), "shipped": Course.objects.filter(shipped=True)}
    return render(request, "authoring/index.html", context)


@require_safe
@login_required
def course(request: HttpRequest, slug: str) -> HttpResponse:
    """A course from inside: its parts, who writes it, which cohorts follow it."""
    user, found = course_of(request, slug)
    context = {
        "course": found,
        "outline": queries.outline(found),
        "authors": found.authorships.select_related("user").order_by("since"),
        "followers": found.cohorts.all(),
        "cohorts": cohorts_of(user, at_least=Role.INSTRUCTOR).exclude(course=found),
        "taught": cohorts_of(user, at_least=Role.INSTRUCTOR).filter(course=found),
        "original": Course.objects.filter(shipped=True).order_by("pk").first(),
        "templates": templates.TEMPLATES.items(),
        "shipped": Exercise.objects.published().filter(module__course__shipped=True),
    }
    return render(request, "authoring/course.html", context)


@require_POST
@login_required
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """One change of a course's structure, of its authors or of who follows it."""
    user, found = course_of(request, slug)
    form = ChangeForm(request.POST)
    act = _ACTIONS.get(form.data.get("action", ""))
    if act is None or not form.is_valid():
        messages.warning(request, "That form was incomplete. Try it again.", extra_tags="warn")
        return redirect("authoring_course", slug)
    try:
        made = act(found, form.cleaned_data, user)
    except Refused as refusal:
        messages.warning(request, refusal.text, extra_tags="warn")
        made = None
    if isinstance(made, Exercise):
        return redirect("authoring_exercise", made.module.slug, made.slug)
    if isinstance(made, Lesson):
        return redirect("authoring_lesson", made.module.slug, made.slug)
    return redirect(reverse("authoring_course", args=[slug]) + _place(form.cleaned_data, made))


def _place(data: dict[str, Any], made: Any) -> str:
    """Where on the page of a course one goes on: at a new module, or at what was moved, hidden or shown."""
    if isinstance(made, Module):
        return f"#at-module-{made.pk}"
    return f"#at-{data['kind']}-{data['thing']}" if data["kind"] and data["thing"] else ""


def _add_exercise(course: Course, data: dict[str, Any], user: User) -> Exercise:
    lesson = get_object_or_404(Lesson, module__course=course, pk=data["thing"])
    source = None
    if data["template"] in templates.TEMPLATES:
        files = drafts.template(like=data["template"], title=data["title"])
    else:
        shipped = Exercise.objects.published().filter(module__course__shipped=True)
        source = get_object_or_404(shipped, name=data["template"])
        files = dict(source.current.files) if source.current else {}
    return structure.add_exercise(
        lesson=lesson, title=data["title"], files=files, by=user, copied_from=source
    )


def _thing(course: Course, data: dict[str, Any]) -> Module | Lesson | Exercise:
    if data["kind"] == "module":
        return get_object_or_404(course.modules, pk=data["thing"])
    if data["kind"] == "lesson":
        return get_object_or_404(Lesson, module__course=course, pk=data["thing"])
    return get_object_or_404(Exercise, module__course=course, pk=data["thing"])


def _describe_module(course: Course, data: dict[str, Any], user: User) -> None:
    module = get_object_or_404(course.modules, pk=data["thing"])
    structure.describe_module(module=module, title=data["title"], summary=data["summary"])


def _add_lesson(course: Course, data: dict[str, Any], user: User) -> Lesson:
    module = get_object_or_404(course.modules, pk=data["thing"])
    return structure.add_lesson(module=module, title=data["title"], by=user)


def _follow(course: Course, data: dict[str, Any], user: User) -> None:
    cohort = get_object_or_404(Cohort, slug=data["cohort"])
    structure.follow(cohort=cohort, course=course, by=user)


def _unfollow(course: Course, data: dict[str, Any], user: User) -> None:
    structure.unfollow(cohort=get_object_or_404(course.cohorts, slug=data["cohort"]), by=user)


def _remove_author(course: Course, data: dict[str, Any], user: User) -> None:
    structure.remove_author(course=course, user=get_object_or_404(User, pk=data["thing"]), by=user)


_ACTIONS: dict[str, Callable[[Course, dict[str, Any], User], Any]] = {
    "describe": lambda course, data, user: structure.describe_course(
        course=course, title=data["title"], summary=data["summary"]
    ),
    "add_module": lambda course, data, user: structure.add_module(course=course, title=data["title"]),
    "describe_module": _describe_module,
    "add_lesson": _add_lesson,
    "add_exercise": _add_exercise,
    "up": lambda course, data, user: structure.move(thing=_thing(course, data), up=True),
    "down": lambda course, data, user: structure.move(thing=_thing(course, data), up=False),
    "hide": lambda course, data, user: structure.show(thing=_thing(course, data), shown=False),
    "show": lambda course, data, user: structure.show(thing=_thing(course, data), shown=True),
    "follow": _follow,
    "unfollow": _unfollow,
    "add_author": lambda course, data, user: structure.add_author(
        course=course, email=data["email"], by=user
    ),
    "remove_author": _remove_author,
}


@require_http_methods(["GET", "POST"])
@login_required
def copy(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Edit a shipped exercise: a copy of it in a lesson of one's own course."""
    user = author_of(request)
    found = get_object_or_404(
        Exercise.objects.published().filter(module__course__in=copied_by(user)),
        module__slug=module,
        slug=slug,
    )
    lessons = Lesson.objects.filter(module__course__in=written_by(user)).select_related("module__course")
    if request.method == "POST":
        lesson = get_object_or_404(lessons, pk=key_of(request.POST.get("lesson", "")) or 0)
        made = structure.copy_exercise(exercise=found, lesson=lesson, by=user)
        return redirect("authoring_exercise", made.module.slug, made.slug)
    return render(request, "authoring/copy.html", {"exercise": found, "lessons": lessons})


@require_safe
@login_required
def handbook(request: HttpRequest) -> HttpResponse:
    """How lessons and exercises are written: what the files are, what probes may say, what the gate asks."""
    author_of(request)
    return render(request, "authoring/handbook.html", {"handbook": queries.handbook()})
