"""The pages of authors: their courses, the editor of an exercise or a lesson, proofs, history.

Nothing authored is parsed, rendered or executed here: bounded.py asks a process that may die of it.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grader import language, templates
from zero_to_gpt.accounts.models import User
from zero_to_gpt.addresses import key_of
from zero_to_gpt.authoring import bounded, queries, services, structure
from zero_to_gpt.authoring.forms import ChangeForm, CourseForm, FilesForm, SourceForm
from zero_to_gpt.authoring.models import LessonPublication, Proof
from zero_to_gpt.catalog.models import Course, Exercise, Lesson, Module
from zero_to_gpt.cohorts.models import Cohort, Role
from zero_to_gpt.cohorts.roles import cohorts_of, copied_by, may_write, written_by

BUSY = "What you sent before is still being read."


# ---- courses -------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """The courses that one writes, and a field to begin another one."""
    user = _author(request)
    if request.method == "POST":
        form = CourseForm(request.POST)
        source = copied_by(user).filter(slug=form.data.get("copy_of", "")).first()
        if form.is_valid():
            course = structure.begin_course(by=user, title=form.cleaned_data["title"], copy_of=source)
            return redirect("authoring_course", course.slug)
        messages.warning(request, "A course needs a title.", extra_tags="warn")
    context = {"written": written_by(user), "shipped": Course.objects.filter(shipped=True)}
    return render(request, "authoring/index.html", context)


@require_safe
@login_required
@never_cache
def course(request: HttpRequest, slug: str) -> HttpResponse:
    """A course from inside: its parts, who writes it, which cohorts follow it."""
    user, found = course_of(request, slug)
    context = {
        "course": found,
        "outline": queries.outline(found),
        "authors": found.authorships.select_related("user").order_by("since"),
        "followers": found.cohorts.all(),
        "cohorts": cohorts_of(user, at_least=Role.INSTRUCTOR).exclude(course=found),
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
    except services.Refused as refusal:
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
    if data["template"] in templates.TEMPLATES:
        files = services.template(like=data["template"], title=data["title"])
    else:
        shipped = Exercise.objects.published().filter(module__course__shipped=True)
        current = get_object_or_404(shipped, name=data["template"]).current
        files = dict(current.files) if current else {}
    return structure.add_exercise(lesson=lesson, title=data["title"], files=files, by=user)


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


def _remove_author(course: Course, data: dict[str, Any], user: User) -> None:
    structure.remove_author(course=course, user=get_object_or_404(User, pk=data["thing"]))


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
    "add_author": lambda course, data, user: structure.add_author(course=course, email=data["email"]),
    "remove_author": _remove_author,
}


@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def copy(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Edit a shipped exercise: a copy of it in a lesson of one's own course."""
    user = _author(request)
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
    _author(request)
    return render(request, "authoring/handbook.html", {"handbook": queries.handbook()})


# ---- an exercise ---------------------------------------------------------------------------------------


@require_safe
@login_required
@never_cache
def exercise(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """The editor: a tab for each file, beside them what a student sees and what the gate found."""
    user, exercise = exercise_of(request, module, slug)
    draft = services.draft_of(exercise)
    try:
        read = services.read_files(user.pk, exercise, draft.files)
    except bounded.BusyError:
        read = bounded.unread(BUSY)
    context = _read_context(exercise, read) | {
        "course": exercise.module.course,
        "draft": draft,
        "files": sorted(draft.files.items(), key=lambda each: templates.place(each[0])),
        "proof": queries.last_proof(exercise),
        "page_data": _page_data(exercise, draft.version, read),
    }
    context |= _proof_context(context["proof"], read)
    return render(request, "authoring/exercise.html", context)


@require_POST
@login_required
def read_exercise(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Mistakes in the files as they stand in the editor, and what a student would see. Keeps nothing."""
    user, exercise = exercise_of(request, module, slug)

    def act() -> JsonResponse:
        files = services.check_files(_files(request)[0])
        read = services.read_files(user.pk, exercise, files)
        preview = render_to_string("authoring/_preview.html", _read_context(exercise, read), request)
        digest = read["facts"]["digest"] if read["facts"] else ""
        marks = [*read["mistakes"], *read["blanks"]]
        return JsonResponse({"mistakes": marks, "preview": preview, "digest": digest})

    return _answered(act)


@require_POST
@login_required
def save_exercise(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Keep the files."""
    user, exercise = exercise_of(request, module, slug)

    def act() -> JsonResponse:
        files, version = _files(request)
        draft = services.save_files(exercise=exercise, files=files, version=version, by=user)
        return JsonResponse({"version": draft.version, "updated": draft.updated.isoformat()})

    return _answered(act)


@require_POST
@login_required
def validate(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Queue the gate over the draft."""
    user, exercise = exercise_of(request, module, slug)
    return _answered(lambda: _queued(services.ask_proof(exercise=exercise, by=user)))


@require_POST
@login_required
def publish(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Publish what the last proof let pass."""
    user, exercise = exercise_of(request, module, slug)
    proof = queries.last_proof(exercise)
    try:
        if proof is None:
            raise services.Refused("Only what the gate let pass is published. Validate it first.")
        services.publish(exercise=exercise, proof=proof, by=user)
    except services.Refused as refusal:
        messages.warning(request, refusal.text, extra_tags="warn")
    except bounded.BusyError:
        messages.warning(request, BUSY, extra_tags="warn")
    else:
        text = format_html(
            'Published. It opens for learners when its expected values are made: <a href="{}">its page</a>.',
            reverse("exercise", args=[module, slug]),
        )
        messages.success(request, text, extra_tags="pass")
    return redirect("authoring_exercise", module, slug)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def history(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Every publication with who and when; the draft, or one of them, against what learners meet now."""
    user, exercise = exercise_of(request, module, slug)
    entries = queries.history(exercise)
    chosen = _chosen(entries, request.POST.get("publication", "") or request.GET.get("publication", ""))
    before = chosen.publication.revision if chosen else None
    if request.method == "POST":
        if chosen is None or before is None:
            raise Http404("There is no such publication.")
        services.roll_back(exercise=exercise, revision=before, by=user)
        messages.success(request, f"Learners meet the {chosen.number} publication again.", extra_tags="pass")
        return redirect("authoring_history", module, slug)
    published = dict(exercise.current.files) if exercise.current else {}
    other = dict(before.files) if before else services.draft_of(exercise).files
    context = {
        "course": exercise.module.course,
        "exercise": exercise,
        "entries": entries,
        "chosen": chosen,
        "asked": before is not None and before.pk != exercise.current_id and "ask" in request.GET,
        "hidden": not exercise.published,
        "differences": queries.differences(other, published)
        if chosen
        else queries.differences(published, other),
    }
    return render(request, "authoring/history.html", context)


# ---- proofs --------------------------------------------------------------------------------------------


@require_safe
@login_required
@never_cache
def proof(request: HttpRequest, proof_id: int) -> HttpResponse:
    """What a proof has found until now, as a piece of the editor's page."""
    user = _author(request)
    found = _visible_proof(user, proof_id)
    if found.lesson is not None:
        return render(request, "authoring/_cells.html", _cells_context(found.lesson, found, user))
    exercise = found.exercise
    assert exercise is not None  # noqa: S101  a constraint of the table
    draft = services.draft_of(exercise)
    context = {"exercise": exercise, "proof": found} | _proof_context(found, None)
    context["stale"] = found.files != draft.files
    return render(request, "authoring/_proof.html", context)


@require_POST
@login_required
def stop(request: HttpRequest, proof_id: int) -> HttpResponse:
    found = _visible_proof(_author(request), proof_id)
    services.stop(proof=found)
    return JsonResponse({"stopped": True})


# ---- a lesson ------------------------------------------------------------------------------------------


@require_safe
@login_required
@never_cache
def lesson(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """The editor of a lesson, beside it what a student sees."""
    user, found = lesson_of(request, module, lesson)
    draft = services.lesson_draft_of(found)
    proof = Proof.objects.filter(lesson=found).exclude(state=Proof.State.STOPPED).first()
    args = [module, lesson]
    data = {
        "read": reverse("authoring_read_lesson", args=args),
        "save": reverse("authoring_save_lesson", args=args),
        "validate": reverse("authoring_run_lesson", args=args),
        "version": draft.version,
        "editor": static("dist/editor.js"),
        "words": [],
        "mistakes": [],
        "most": bounded.LARGEST_FILE,
        "about": {},
        "beginnings": {},
        "lesson": True,
        "proof": _proof_urls(proof) if proof and not proof.finished else None,
    }
    context = _cells_context(found, proof, user) | {
        "course": found.module.course,
        "draft": draft,
        "page_data": data,
        "preview": _lesson_preview(found, draft.source, proof, user),
        "entries": found.publications.select_related("by")[:30],
    }
    return render(request, "authoring/lesson.html", context)


@require_safe
@login_required
@never_cache
def lesson_history(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """Every text that was published, with who and when; the draft, or one of them, against the published."""
    _, found = lesson_of(request, module, lesson)
    entries = queries.lesson_history(found)
    chosen = _chosen(entries, request.GET.get("publication", ""))
    draft = services.lesson_draft_of(found).source
    before, after = (chosen.publication.source, found.source) if chosen else (found.source, draft)
    context = {
        "course": found.module.course,
        "lesson": found,
        "entries": entries,
        "chosen": chosen,
        "asked": chosen is not None and not chosen.current and "ask" in request.GET,
        "hidden": not found.published,
        "differences": queries.differences({"lesson.md": before}, {"lesson.md": after}),
    }
    return render(request, "authoring/lesson_history.html", context)


@require_POST
@login_required
def read_lesson(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """The lesson as it stands in the editor, rendered. Keeps nothing."""
    user, found = lesson_of(request, module, lesson)

    def act() -> JsonResponse:
        source = services.check_source(SourceForm(request.POST).data.get("source", ""))
        proof = Proof.objects.filter(lesson=found).exclude(state=Proof.State.STOPPED).first()
        preview = _lesson_preview(found, source, proof, user)
        mistakes = [["lesson.md", None, preview["mistake"]]] if preview["mistake"] else []
        html = render_to_string("authoring/_lesson_preview.html", {"preview": preview}, request)
        return JsonResponse({"mistakes": mistakes, "preview": html, "digest": ""})

    return _answered(act)


@require_POST
@login_required
def save_lesson(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """Keep the text."""
    user, found = lesson_of(request, module, lesson)

    def act() -> JsonResponse:
        form = SourceForm(request.POST)
        if not form.is_valid():
            raise services.Refused("The text could not be read.")
        data = form.cleaned_data
        draft = services.save_lesson(lesson=found, source=data["source"], version=data["version"], by=user)
        return JsonResponse({"version": draft.version, "updated": draft.updated.isoformat()})

    return _answered(act)


@require_POST
@login_required
def run_lesson(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """Queue the cells of the draft."""
    user, found = lesson_of(request, module, lesson)
    return _answered(lambda: _queued(services.ask_cells(lesson=found, by=user)))


@require_POST
@login_required
def publish_lesson(request: HttpRequest, module: str, lesson: str) -> HttpResponse:
    """Publish a lesson whose cells ran, or an earlier text of it (`publication`)."""
    user, found = lesson_of(request, module, lesson)
    number = key_of(request.POST.get("publication", ""))
    try:
        if number is not None:
            earlier = get_object_or_404(LessonPublication, lesson=found, pk=number)
            services.roll_back_lesson(lesson=found, publication=earlier, by=user)
        else:
            proof = Proof.objects.filter(lesson=found).exclude(state=Proof.State.STOPPED).first()
            if proof is None:
                raise services.Refused("Run its cells first.")
            services.publish_lesson(lesson=found, proof=proof, by=user)
    except services.Refused as refusal:
        messages.warning(request, refusal.text, extra_tags="warn")
    except bounded.BusyError:
        messages.warning(request, BUSY, extra_tags="warn")
    else:
        shown = reverse("lesson", args=[module, lesson])
        if number is not None:
            text = format_html('Learners see this text again: <a href="{}">its page</a>.', shown)
        else:
            text = format_html(
                'Published: <a href="{}">its page</a>. Exercises are added in <a href="{}">its course</a>.',
                shown,
                reverse("authoring_course", args=[found.module.course.slug]),
            )
        messages.success(request, text, extra_tags="pass")
    place = "authoring_lesson_history" if number is not None else "authoring_lesson"
    return redirect(place, module, lesson)


# ---- what the views above share --------------------------------------------------------------------------


def _author(request: HttpRequest) -> User:
    """The signed-in person, if they may write at all; for views behind login_required."""
    if not isinstance(request.user, User) or not may_write(request.user):
        raise PermissionDenied("Courses are written by those who teach a cohort here.")
    return request.user


def course_of(request: HttpRequest, slug: str) -> tuple[User, Course]:
    """The author and their course; 404 for everybody else."""
    user = _author(request)
    return user, get_object_or_404(written_by(user), slug=slug)


def exercise_of(request: HttpRequest, module: str, slug: str) -> tuple[User, Exercise]:
    """The author and their exercise; 404 for everybody else."""
    user = _author(request)
    mine = Exercise.objects.filter(module__course__in=written_by(user))
    found = mine.select_related("module__course", "lesson", "current")
    return user, get_object_or_404(found, module__slug=module, slug=slug)


def lesson_of(request: HttpRequest, module: str, lesson: str) -> tuple[User, Lesson]:
    """The author and their lesson; 404 for everybody else."""
    user = _author(request)
    mine = Lesson.objects.filter(module__course__in=written_by(user)).select_related("module__course")
    return user, get_object_or_404(mine, module__slug=module, slug=lesson)


def _chosen(
    entries: list[queries.Published[queries.Entry]], text: str
) -> queries.Published[queries.Entry] | None:
    """The entry of a history that an address or a form names; 404 for one that is not in it."""
    number = key_of(text)
    if number is None:
        return None
    for each in entries:
        if each.publication.pk == number:
            return each
    raise Http404("There is no such publication.")


def _visible_proof(user: User, proof_id: int) -> Proof:
    proofs = Proof.objects.select_related("exercise__module__course", "lesson__module__course", "by")
    found = get_object_or_404(proofs, pk=proof_id)
    of = found.exercise or found.lesson
    if of is None or not written_by(user).filter(pk=of.module.course_id).exists():
        raise Http404("There is no such proof.")
    return found


def _files(request: HttpRequest) -> tuple[dict[str, str], int | None]:
    form = FilesForm(request.POST)
    if not form.is_valid():
        raise services.Refused("The files could not be read. Reload the page and try again.")
    return form.cleaned_data["texts"], form.cleaned_data["version"]


def _answered(act: Callable[[], JsonResponse]) -> HttpResponse:
    """What it answers; a refusal as a sentence that the page shows."""
    try:
        return act()
    except services.Refused as refusal:
        return JsonResponse({"error": refusal.text, "reason": refusal.code}, status=refusal.status)
    except bounded.BusyError:
        return JsonResponse({"error": BUSY, "reason": "busy", "retry_after": 2}, status=429)


def _queued(proof: Proof) -> JsonResponse:
    return JsonResponse(_proof_urls(proof), status=HTTPStatus.CREATED)


def _proof_urls(proof: Proof) -> dict[str, str]:
    return {
        "events": reverse("authoring_proof_events", args=[proof.pk]),
        "shown": reverse("authoring_proof", args=[proof.pk]),
        "stop": reverse("authoring_proof_stop", args=[proof.pk]),
    }


def _page_data(exercise: Exercise, version: int, read: dict[str, Any]) -> dict[str, Any]:
    args = [exercise.module.slug, exercise.slug]
    proof = Proof.objects.filter(exercise=exercise).active().without_texts().first()
    return {
        "read": reverse("authoring_read", args=args),
        "save": reverse("authoring_save", args=args),
        "validate": reverse("authoring_validate", args=args),
        "version": version,
        "editor": static("dist/editor.js"),
        "words": _WORDS,
        "mistakes": [*read["mistakes"], *read["blanks"]],
        "most": bounded.LARGEST_FILE,
        "about": dict(templates.ABOUT),
        "beginnings": dict(templates.BEGINNINGS),
        "lesson": False,
        "proof": _proof_urls(proof) if proof else None,
    }


_WORDS = sorted(name for name in vars(language) if not name.startswith("_") and name != "annotations")
"""What probes.py may say; the editor completes it."""


def _read_context(exercise: Exercise, read: dict[str, Any]) -> dict[str, Any]:
    return {
        "exercise": exercise,
        "mistakes": [{"file": file, "line": line, "text": text} for file, line, text in read["mistakes"]],
        "blanks": [{"file": file, "line": line, "text": text} for file, line, text in read["blanks"]],
        "facts": read["facts"],
        "task_html": read["task_html"],
    }


def _proof_context(proof: Proof | None, read: dict[str, Any] | None) -> dict[str, Any]:
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


def _cells_context(found: Lesson, proof: Proof | None, user: User) -> dict[str, Any]:
    return {
        "lesson": found,
        "proof": proof,
        "stale": proof is not None and proof.files.get("lesson.md") != services.lesson_draft_of(found).source,
    }


def _lesson_preview(found: Lesson, source: str, proof: Proof | None, user: User) -> dict[str, str]:
    """The lesson with what its cells showed the last time, as far as they are the same cells."""
    outputs: list[dict[str, Any]] = []
    if proof is not None and proof.finished and proof.files.get("lesson.md") == source:
        outputs = proof.outputs
    elif found.source == source:
        outputs = found.outputs
    read = bounded.lesson(user.pk, source, outputs)
    return {"mistake": read.get("mistake", ""), "title": read.get("title", ""), "html": read.get("html", "")}
