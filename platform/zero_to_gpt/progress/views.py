"""Pages that show a person, a cohort or the fleet where things stand. They read, they change nothing."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.html import strip_tags
from django.views.decorators.http import require_safe

from grader.verdict import Kind, State, Word
from zero_to_gpt.accounts.models import User
from zero_to_gpt.accounts.services import signed_in
from zero_to_gpt.catalog import searching
from zero_to_gpt.catalog.models import Course, Exercise, Lesson, Module
from zero_to_gpt.catalog.services import dry_stock
from zero_to_gpt.cohorts.announcements import news_for
from zero_to_gpt.cohorts.deadlines import overrides_for, overrides_of
from zero_to_gpt.cohorts.models import Cohort, Membership, Role
from zero_to_gpt.cohorts.roles import (
    cohort_for,
    cohorts_of,
    courses_of,
    invitations_of,
    main_course,
    places_of,
    written_by,
)
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.progress import insight, marks, queries
from zero_to_gpt.progress.queries import Row, Standing
from zero_to_gpt.submissions.models import Submission

PER_PAGE = 30
STUDENTS_PER_PAGE = 50
"""Rows of a cohort's grid, each as wide as the course."""
MOST_STUCK = 20
MOST_SOON = 5
MOST_NEWS = 3
MOST_TOLD = 30
MOST_OVERRIDES = 50


@dataclass(frozen=True)
class LessonBlock:
    """A lesson with the exercises that belong to it."""

    lesson: Lesson | None
    rows: list[Row]


@dataclass(frozen=True)
class ModuleBlock:
    """A module with its exercises, also grouped by lesson."""

    module: Module
    rows: list[Row]
    lessons: list[LessonBlock]

    @property
    def passed(self) -> int:
        return sum(row.passed for row in self.rows)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Visitors see what this is; everybody else where to go on."""
    user = request.user
    if not isinstance(user, User):
        course = main_course(user)
        modules = Module.objects.filter(published=True, course=course) if course else Module.objects.none()
        first = Exercise.objects.published().filter(module__course=course).first()
        return render(request, "progress/landing.html", {"modules": modules, "first": first})
    mine = places_of(user)
    rows = _rows(user, mine.course)
    soon = sorted((row for row in rows if row.soon), key=_when)
    news = news_for(user)[: MOST_NEWS + 1]
    context = {
        "now": queries.next_step(rows),
        "modules": _modules(rows),
        "passed": sum(row.passed for row in rows),
        "total": len(rows),
        "week": _week(user),
        "recent": _submissions(user)[:6],
        "soon": soon[:MOST_SOON],
        "more_soon": len(soon[MOST_SOON:]),
        "news": list(news)[:MOST_NEWS],
        "more_news": len(news) > MOST_NEWS,
        "cohorts": mine.cohorts,
        "invitations": invitations_of(user),
    }
    if mine.teaches:
        context["writes"] = True
    return render(request, "progress/home.html", context)


@require_safe
def course(request: HttpRequest) -> HttpResponse:
    """The map: every module, its lessons and exercises, and how far this person is."""
    mine = courses_of(request.user)
    found = mine.filter(slug=request.GET.get("course", "")).first() or main_course(request.user)
    user = request.user if isinstance(request.user, User) else None
    others = [each for each in mine if found is None or each.pk != found.pk]
    own = found is not None and written_by(request.user).filter(pk=found.pk).exists()
    context = {"course": found, "modules": _modules(_rows(user, found)), "others": others, "own": own}
    return render(request, "progress/course.html", context)


@require_safe
def lesson(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """A lesson as it was published: prose, maths, cells with what they printed and drew."""
    found = get_object_or_404(
        Lesson.objects.select_related("module__course"),
        module__slug=module,
        slug=lesson,
        published=True,
        module__published=True,
        module__course__in=courses_of(request.user),
    )
    user = request.user if isinstance(request.user, User) else None
    rows = [row for row in _rows(user, found.module.course) if row.exercise.lesson_id == found.pk]
    order = list(
        Lesson.objects.filter(published=True, module__published=True, module__course=found.module.course_id)
        .select_related("module")
        .only("slug", "title", "position", "module__slug", "module__position")
    )
    at = [each.pk for each in order].index(found.pk)
    context = {
        "lesson": found,
        "rows": rows,
        "draws": any(output.get("drawn") for output in found.outputs),
        "headings": _headings(found.html),
        "earlier": order[at - 1] if at else None,
        "later": order[at + 1] if at + 1 < len(order) else None,
    }
    return render(request, "progress/lesson.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The lessons and exercises that answer a question, among all that this person may open."""
    question = request.GET.get("q", "").strip()[: searching.MOST_QUESTION]
    answer = searching.search(question, courses_of(request.user))
    passed: set[int] = set()
    if isinstance(request.user, User):
        shown = [page.pk for page in answer.pages if page.is_exercise]
        passed = queries.passed_of(request.user, shown)
    context = {"question": question, "answer": answer, "passed": passed}
    return render(request, "progress/search.html", context)


@require_safe
@login_required
def progress(request: HttpRequest) -> HttpResponse:
    """Everything that one has done."""
    user = signed_in(request)
    page = Paginator(_submissions(user), PER_PAGE).get_page(request.GET.get("page"))
    context = {"modules": _modules(_told(user, main_course(user))), "page": page}
    return render(request, "progress/progress.html", context)


@require_safe
@login_required
def cohorts(request: HttpRequest) -> HttpResponse:
    """The cohorts one belongs to; those one teaches with how they do."""
    user = signed_in(request)
    mine = cohorts_of(user)
    taught = cohorts_of(user, at_least=Role.INSTRUCTOR)
    taught_ids = {each.pk for each in taught}
    context = {
        "taught": queries.cohort_summaries(taught),
        "others": [each for each in mine if each.pk not in taught_ids],
        "invitations": invitations_of(user),
    }
    return render(request, "progress/cohorts.html", context)


@require_safe
@login_required
def cohort(request: HttpRequest, slug: str) -> HttpResponse:
    """For those who teach it the grid of everybody's progress; for students who else is there."""
    user = signed_in(request)
    found = cohort_for(user, slug)
    members = list(
        Membership.objects.filter(cohort=found).select_related("user").order_by("role", "user__display_name")
    )
    teachers = [each for each in members if each.role != Role.STUDENT]
    if not user.is_staff and all(each.user_id != user.pk for each in teachers):
        told = found.announcements.select_related("by")[:MOST_TOLD]
        context = {"cohort": found, "teachers": teachers, "told": told}
        return render(request, "progress/cohort_student_view.html", context)
    grid = queries.cohort_grid(found)
    week = timezone.now() - datetime.timedelta(days=7)
    wanted = request.GET.get("q", "").strip()[:80]
    shown = [row for row in grid.rows if _matches(row.student, wanted)]
    stuck = [
        (row.student, exercise, cell)
        for row in grid.rows
        for exercise, cell in zip(grid.exercises, row.cells, strict=True)
        if cell.stuck
    ]
    context = {
        "cohort": found,
        "grid": grid,
        "page": Paginator(shown, STUDENTS_PER_PAGE).get_page(request.GET.get("page")),
        "wanted": wanted,
        "teachers": teachers,
        "writes": True,  # who teaches may
        "active": sum(1 for row in grid.rows if row.last and row.last > week),
        "stuck": sorted(stuck, key=lambda each: -each[2].tries)[:MOST_STUCK],
        "all_stuck": len(stuck),
        "modules": _spans(grid.exercises),
        "due": any(grid.due),
        "by_hand": any(cell.override for row in grid.rows for cell in row.cells),
    }
    template = "progress/_grid.html" if request.headers.get("HX-Request") else "progress/cohort.html"
    return render(request, template, context)


@require_safe
@login_required
def cohort_marks(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody's marks as a file for spreadsheets; `?each=exercise` has a row for each exercise of each."""
    found = cohort_for(signed_in(request), slug, at_least=Role.INSTRUCTOR)
    grid = queries.cohort_grid(found)
    each = request.GET.get("each") == "exercise"
    written, name = (marks.long(grid), "exercises") if each else (marks.wide(grid), "marks")
    response = HttpResponse(written, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.slug}-{name}.csv"'
    return response


@require_safe
@login_required
def cohort_student(request: HttpRequest, slug: str, student_id: int) -> HttpResponse:
    """One student of a cohort: where they stand and everything they handed in."""
    found = cohort_for(signed_in(request), slug, at_least=Role.INSTRUCTOR)
    asked = User.objects.filter(pk=student_id)  # looks for no number that the column cannot hold
    membership = get_object_or_404(Membership.objects.select_related("user"), cohort=found, user__in=asked)
    submissions = _submissions(membership.user)
    if request.GET.get("exercise"):
        submissions = submissions.filter(exercise__name=request.GET["exercise"])
    page = Paginator(submissions, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "cohort": found,
        "student": membership.user,
        "modules": _modules(_told(membership.user, found.course, within=found)),
        "page": page,
        "only": request.GET.get("exercise", ""),
        "overrides": overrides_of(membership.user, found)[:MOST_OVERRIDES],
        "learns": membership.role == Role.STUDENT,
    }
    return render(request, "progress/cohort_student.html", context)


@require_safe
@login_required
def cohort_exercise(request: HttpRequest, slug: str, module: str, exercise: str) -> HttpResponse:
    """How a cohort does with one exercise: who passed, how long it took, what goes wrong."""
    found = cohort_for(signed_in(request), slug, at_least=Role.INSTRUCTOR)
    shown = Exercise.objects.published().filter(module__course=found.course_id)
    asked = get_object_or_404(shown, module__slug=module, slug=exercise)
    context = {"cohort": found, "exercise": asked, "insight": insight.insight(found, asked)}
    return render(request, "progress/cohort_exercise.html", context)


@require_safe
@login_required
def fleet(request: HttpRequest) -> HttpResponse:
    """Workers, boxes and the queue, for the people who run the site."""
    if not signed_in(request).is_staff:
        raise PermissionDenied("This page is for the people who run the site.")
    workers = list(WorkerSign.objects.all())
    context = {
        "queue": queries.queue_state(),
        "workers": workers,
        "gpu_workers": [(worker, queries.slices_of(worker)) for worker in workers if worker.gpus],
        "alive": WorkerSign.objects.alive().count(),
        "dry": dry_stock(),
    }
    return render(request, "progress/fleet.html", context)


# --- what the views above share ---------------------------------------------------------------------


def _rows(user: User | None, course: Course | None, *, within: Cohort | None = None) -> list[Row]:
    """Every exercise in course order with how far this person is; a visitor has not begun any."""
    if course is None:
        return []
    if user is not None:
        rows = queries.standing(user, course, within=within)
    else:
        exercises = Exercise.objects.published().with_readiness().filter(module__course=course)
        rows = [
            Row(
                exercise=exercise,
                standing=Standing.OPEN if exercise.ready else Standing.PREPARING,
                best=0.0,
                possible=exercise.current.possible if exercise.current else 0.0,
                tries=0,
                runs=0,
                last=None,
                waiting_for=(),
            )
            for exercise in exercises
        ]
    titles = {row.exercise.name: row.exercise.title for row in rows}
    return [
        dataclasses.replace(row, waiting_for=tuple(titles.get(name, name) for name in row.waiting_for))
        for row in rows
    ]


def _told(user: User, course: Course | None, *, within: Cohort | None = None) -> list[Row]:
    """The same, with points that were set by hand."""
    rows = _rows(user, course, within=within)
    set_by_hand = overrides_for(user, course.pk, within=within) if course is not None else {}
    return [dataclasses.replace(row, override=set_by_hand.get(row.exercise.pk)) for row in rows]


def _when(row: Row) -> datetime.datetime:
    return row.due.moment if row.due else timezone.now()


def _modules(rows: Sequence[Row]) -> list[ModuleBlock]:
    """Rows grouped by module and, inside, by lesson, in the order in which they come."""
    blocks: list[ModuleBlock] = []
    for row in rows:
        exercise = row.exercise
        if not blocks or blocks[-1].module.pk != exercise.module_id:
            blocks.append(ModuleBlock(exercise.module, [], []))
        block = blocks[-1]
        block.rows.append(row)
        if (
            not block.lessons
            or (block.lessons[-1].lesson and block.lessons[-1].lesson.pk) != exercise.lesson_id
        ):
            block.lessons.append(LessonBlock(exercise.lesson, []))
        block.lessons[-1].rows.append(row)
    return blocks


def _submissions(user: User) -> QuerySet[Submission]:
    names = (
        "kind",
        "state",
        "word",
        "points",
        "possible",
        "created",
        "exercise__slug",
        "exercise__current__title",
    )
    mine = Submission.objects.filter(user=user).select_related("exercise__current")
    return mine.only(*names).order_by("-pk")


def _week(user: User) -> dict[str, Any]:
    since = timezone.now() - datetime.timedelta(days=7)
    good = Q(kind=Kind.SUBMIT, state=State.GRADED, word=Word.PASSED)
    return Submission.objects.filter(user=user, created__gte=since).aggregate(
        passed=Count("exercise", distinct=True, filter=good),
        submits=Count("pk", filter=Q(kind=Kind.SUBMIT)),
        runs=Count("pk", filter=Q(kind=Kind.RUN)),
    )


_HEADING = re.compile(r'<h2 id="([a-z0-9-]+)"[^>]*>(.*?)</h2>', re.DOTALL)


def _headings(html: str) -> list[dict[str, str]]:
    """The sections of a lesson. A heading with a formula is left out: its text would be unreadable."""
    return [
        {"anchor": anchor, "text": unescape(strip_tags(inner)).strip()}
        for anchor, inner in _HEADING.findall(html)
        if "katex" not in inner
    ]


def _matches(student: User, wanted: str) -> bool:
    return wanted.lower() in student.name.lower() or wanted.lower() in student.email.lower()


def _spans(exercises: Sequence[Any]) -> list[dict[str, Any]]:
    """The modules over the columns of a grid, each with how many columns it covers."""
    spans: list[dict[str, Any]] = []
    for exercise in exercises:
        if not spans or spans[-1]["module"].pk != exercise.module_id:
            spans.append({"module": exercise.module, "columns": 0})
        spans[-1]["columns"] += 1
    return spans
