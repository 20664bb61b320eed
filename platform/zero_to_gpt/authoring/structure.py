"""A course that is written here: its modules, lessons and exercises, who writes it, who follows it.

Shipped content is never changed: it is copied into a course that belongs to people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.text import slugify

from zero_to_gpt.accounts.models import DeedKind, User
from zero_to_gpt.accounts.record import note
from zero_to_gpt.authoring import drafts, publications
from zero_to_gpt.authoring.models import ExerciseDraft, LessonDraft, LessonPublication, Publication
from zero_to_gpt.authoring.refusals import Refused
from zero_to_gpt.catalog.models import Course, Exercise, Lesson, Module, Revision
from zero_to_gpt.cohorts.models import Authorship, Cohort, Role
from zero_to_gpt.cohorts.roles import cohorts_of, may_write

T = TypeVar("T")


def begin_course(*, by: User, title: str, copy_of: Course | None = None) -> Course:
    """A course of this person's: empty, or a copy of another one with everything in it."""
    with transaction.atomic():
        course = _with_slug(
            slugify(title)[:40] or "course",
            lambda slug: Course.objects.create(
                slug=slug,
                title=_title(title),
                summary=copy_of.summary if copy_of else "",
                shipped=False,
            ),
        )
        Authorship.objects.create(course=course, user=by)
        if copy_of is not None:
            _copy_course(copy_of, course, by)
    return course


def add_author(*, course: Course, email: str, by: User) -> None:
    """Let another person write this course: somebody who teaches or writes here. Raises Refused.

    Who writes is ungraded for good, so no author can do that to a learner; those who run the site can. And
    whether an address has an account is not told.
    """
    found = User.objects.filter(email__iexact=email.strip()).first()
    if found is None or not (by.is_staff or may_write(found)):
        raise Refused(
            "Nobody with this address teaches or writes here. Those who run this site can add others."
        )
    with transaction.atomic():
        Authorship.with_ended.update_or_create(course=course, user=found, defaults={"until": None})
        note(DeedKind.AUTHOR_ADDED, who=by, whom=found, about=course.title)


def remove_author(*, course: Course, user: User, by: User) -> None:
    """Take the role away. A course keeps at least one author. Raises Refused."""
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)
        if course.authorships.count() <= 1:
            raise Refused("A course needs an author: add another one first.")
        if Authorship.objects.filter(course=course, user=user).update(until=Now()):
            note(DeedKind.AUTHOR_REMOVED, who=by, whom=user, about=course.title)


def describe_course(*, course: Course, title: str, summary: str) -> None:
    Course.objects.filter(pk=course.pk, shipped=False).update(title=_title(title), summary=summary[:2000])


def add_module(*, course: Course, title: str) -> Module:
    stem = slugify(title)[:38] or "module"
    last = course.modules.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    return _with_slug(
        f"{stem}-{course.slug}"[:76],
        lambda slug: Module.objects.create(course=course, slug=slug, title=_title(title), position=position),
    )


def describe_module(*, module: Module, title: str, summary: str) -> None:
    Module.objects.filter(pk=module.pk).update(title=_title(title), summary=summary[:2000])


def add_lesson(*, module: Module, title: str, by: User) -> Lesson:
    """A lesson that only its authors see until it is published."""
    last = module.lessons.aggregate(last=Max("position"))["last"]
    name = _title(title)
    with transaction.atomic():
        lesson = _with_slug(
            slugify(title)[:76] or "lesson",
            lambda slug: Lesson.objects.create(
                module=module,
                slug=slug,
                title=name,
                position=0 if last is None else last + 1,
                html="<p>This lesson is being written.</p>",
            ),
        )
        LessonDraft.objects.create(lesson=lesson, source=f"# {name}\n", by=by)
    return lesson


def add_exercise(
    *, lesson: Lesson, title: str, files: dict[str, str], by: User, copied_from: Exercise | None = None
) -> Exercise:
    """A new exercise with a draft and nothing published. Raises Refused.

    `copied_from`: whose files these are: who may write here has read that one's answers.
    """
    checked = drafts.check_files(files)
    module = lesson.module
    last = module.exercises.aggregate(last=Max("position"))["last"]
    with transaction.atomic():
        exercise = _with_slug(
            slugify(title)[:76] or "exercise",
            lambda slug: Exercise.objects.create(
                module=module,
                lesson=lesson,
                slug=slug,
                name=f"{module.slug}/{slug}",
                position=0 if last is None else last + 1,
                copied_from=copied_from,
            ),
        )
        ExerciseDraft.objects.create(exercise=exercise, files=checked, by=by)
    return exercise


def copy_exercise(*, exercise: Exercise, lesson: Lesson, by: User) -> Exercise:
    """A copy of any published exercise, as it is, in a lesson of one's own course."""
    current = exercise.current
    if current is None:
        raise Refused("There is nothing published to copy.")
    files = dict(current.files)
    copy = add_exercise(lesson=lesson, title=exercise.slug, files=files, by=by, copied_from=exercise)
    with transaction.atomic():
        _take_over(copy, current, by, publications.names_in(lesson.module.course))
    return copy


def move(*, thing: Module | Lesson | Exercise, up: bool) -> None:
    """Exchange places with the neighbour before (or after) it."""
    beside: list[Any]
    if isinstance(thing, Module):
        beside = list(thing.course.modules.order_by("position", "id"))
    elif isinstance(thing, Lesson):
        beside = list(thing.module.lessons.order_by("position", "id"))
    else:
        beside = list(thing.module.exercises.filter(lesson=thing.lesson_id).order_by("position", "id"))
    at = [each.pk for each in beside].index(thing.pk)
    to = at + (-1 if up else 1)
    if not 0 <= to < len(beside):
        return
    beside[at], beside[to] = beside[to], beside[at]
    with transaction.atomic():
        for position, each in enumerate(beside):
            type(each)._default_manager.filter(pk=each.pk).update(position=position)


def show(*, thing: Module | Lesson | Exercise, shown: bool) -> None:
    """Whether learners see it. Nothing is ever deleted: people's work hangs on it."""
    type(thing)._default_manager.filter(pk=thing.pk).update(published=shown)


def follow(*, cohort: Cohort, course: Course, by: User) -> None:
    """Let a cohort follow a course. For who teaches that cohort. Raises Refused."""
    if not cohorts_of(by, at_least=Role.INSTRUCTOR).filter(pk=cohort.pk).exists():
        raise Refused("Only who teaches a cohort chooses the course that it follows.")
    Cohort.objects.filter(pk=cohort.pk).update(course=course)


def unfollow(*, cohort: Cohort, by: User) -> None:
    """Let a cohort follow again what came with this site. For who teaches that cohort. Raises Refused."""
    shipped = Course.objects.filter(shipped=True).order_by("pk").first()
    if shipped is None:
        raise Refused("No course came with this site.")
    follow(cohort=cohort, course=shipped, by=by)


# ---- copies --------------------------------------------------------------------------------------------


def _copy_course(source: Course, course: Course, by: User) -> None:
    """Everything that learners see of a course, as it is now."""
    for module in source.modules.filter(published=True):
        copy = _copy_module(module, course)
        lessons: dict[int | None, Lesson | None] = {None: None}
        for lesson in module.lessons.filter(published=True):
            lessons[lesson.pk] = _copy_lesson(lesson, copy, by)
        exercises = Exercise.objects.published().filter(module=module).defer(None).select_related("current")
        for exercise in exercises:
            Exercise.objects.create(
                module=copy,
                lesson=lessons.get(exercise.lesson_id),
                slug=exercise.slug,
                name=f"{copy.slug}/{exercise.slug}",
                position=exercise.position,
                copied_from=exercise,
            )
    names = publications.names_in(course)
    for made in Exercise.objects.filter(module__course=course).select_related("copied_from__current"):
        origin = made.copied_from
        if origin is not None and origin.current is not None:
            _take_over(made, origin.current, by, names)


def _copy_module(module: Module, course: Course) -> Module:
    kept = {name: getattr(module, name) for name in ("title", "summary", "position")}
    return _with_slug(
        f"{module.slug[:28]}-{course.slug}"[:76],
        lambda slug: Module.objects.create(course=course, slug=slug, **kept),
    )


def _copy_lesson(lesson: Lesson, module: Module, by: User) -> Lesson:
    kept = (
        "slug", "title", "position", "source", "source_digest", "html", "rendered_with", "executed_digest",
        "outputs",
    )  # fmt: skip
    copy = Lesson.objects.create(module=module, **{name: getattr(lesson, name) for name in kept})
    LessonPublication.objects.create(lesson=copy, source=lesson.source, outputs=lesson.outputs, by=by)
    return copy


def _take_over(copy: Exercise, revision: Revision, by: User, names: dict[str, str]) -> None:
    """Give a copy the revision of its original; its expected values are the same and are there."""
    kept = [field.name for field in Revision._meta.fields if field.name not in ("id", "exercise", "created")]
    fields = {name: getattr(revision, name) for name in kept}
    fields["requires"] = [names[name] for name in revision.requires if name in names]
    mine = Revision(exercise=copy, **fields)
    mine.save()
    publications.make_current(copy, mine, by, Publication.How.COPIED)


def _with_slug(stem: str, make: Callable[[str], T]) -> T:
    """What `make` makes with the first address that is free."""
    for number in range(1, 1000):
        try:
            with transaction.atomic():
                return make(stem if number == 1 else f"{stem}-{number}")
        except IntegrityError:
            continue
    raise Refused("There are too many of this name.")


def _title(text: str) -> str:
    title = " ".join(text.split())[:200]
    if not title:
        raise Refused("It needs a title.")
    return title
