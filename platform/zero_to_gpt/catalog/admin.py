"""The course in Django's admin: to look at, to hide and show. Content itself is imported."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from zero_to_gpt.catalog.models import Course, Exercise, ExpectedSet, Lesson, Module, Revision


class ReadOnly:
    """No adding and no changing: these rows are made by programs."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):
    list_display = ("title", "slug")


@admin.register(Module)
class ModuleAdmin(admin.ModelAdmin):
    list_display = ("title", "slug", "position", "published")
    list_filter = ("published",)


@admin.register(Lesson)
class LessonAdmin(admin.ModelAdmin):
    list_display = ("title", "module", "position", "published", "trouble")
    list_filter = ("module", "published")
    list_select_related = ("module",)
    readonly_fields = ("source", "source_digest", "executed_digest", "rendered_with", "outputs", "html")
    actions = ("execute_again",)

    @admin.action(description="Execute the cells again")
    def execute_again(self, request: HttpRequest, lessons: QuerySet[Lesson]) -> None:
        lessons.update(executed_digest="", trouble="")


@admin.register(Exercise)
class ExerciseAdmin(admin.ModelAdmin):
    list_display = ("name", "title", "published", "ready")
    list_filter = ("module", "published")
    search_fields = ("name", "current__title")
    list_select_related = ("current", "module")
    readonly_fields = ("module", "lesson", "slug", "name", "position", "current")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Exercise]:
        order = ("module__position", "lesson__position", "position", "id")
        return Exercise.objects.with_readiness().defer("current__files", "current__solution").order_by(*order)

    @admin.display(boolean=True)
    def ready(self, exercise: Exercise) -> bool:
        return exercise.ready


@admin.register(Revision)
class RevisionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("exercise", "title", "digest", "profile", "created")
    list_filter = ("profile",)
    search_fields = ("exercise__name", "digest")
    list_select_related = ("exercise",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Revision]:
        return super().get_queryset(request).defer("files", "solution")


@admin.register(ExpectedSet)
class ExpectedSetAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("grading_digest", "box_digest", "state", "attempt", "seconds", "trouble")
    list_filter = ("state",)
    actions = ("compute_again",)

    @admin.action(description="Compute what failed again", permissions=["view"])
    def compute_again(self, request: HttpRequest, sets: QuerySet[ExpectedSet]) -> None:
        sets.filter(state=ExpectedSet.State.FAILED).update(
            state=ExpectedSet.State.WAITING, attempt=0, trouble=""
        )
