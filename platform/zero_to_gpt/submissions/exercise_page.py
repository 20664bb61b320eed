"""The exercise page: text, editor and results, one's history of it, and its notebook."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from grader.notebooks import notebook as notebooks
from zero_to_gpt.accounts.models import User
from zero_to_gpt.accounts.services import signed_in
from zero_to_gpt.addresses import key_of
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.cohorts import deadlines
from zero_to_gpt.cohorts.models import Override
from zero_to_gpt.cohorts.roles import copied_by, may_write, ungraded, written_by
from zero_to_gpt.submissions import pieces, runs
from zero_to_gpt.submissions.drafts import draft_for
from zero_to_gpt.submissions.exercises import exercise_of, neighbours
from zero_to_gpt.submissions.following import drawn, where_to_follow
from zero_to_gpt.submissions.models import Draft, Submission
from zero_to_gpt.submissions.textdiff import diff_lines

HISTORY_SHOWN = 20


@require_safe
@never_cache
def exercise(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Text, editor and results. Visitors may read and type; running needs an account."""
    exercise = exercise_of(request, module, slug)
    user = request.user if isinstance(request.user, User) else None
    draft = draft_for(user=user, exercise=exercise) if user else None
    mine = _history(user, exercise)
    latest = next((each for each in mine if each.finished), None)
    active = next((each for each in mine if not each.finished), None)
    earlier, later = neighbours(exercise)
    taken = _taken(request, exercise)
    author = _as_author(user, exercise)
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
        "drawn": drawn(latest) if latest else None,
        "earlier": earlier,
        "next": later,
        "key": secrets.token_urlsafe(16),
        "author": author,
        "writes": author is not None,
        "due": _due(user, exercise),
        "override": _override(user, exercise),
        "page_data": _page_data(user, exercise, draft, active),
    }
    return render(request, "submissions/exercise.html", context)


@require_safe
@login_required
def history(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """The list of one's finished submissions to an exercise, as a piece of the exercise page."""
    exercise = exercise_of(request, module, slug)
    user = signed_in(request)
    mine = _history(user, exercise)
    finished = [each for each in mine if each.finished]
    context = {"history": finished, "exercise": exercise, "logged": runs.any_logged(mine)}
    return render(request, "submissions/_history.html", context)


@require_safe
@never_cache
def notebook(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """The task, one's draft (or the starter) and what it uses of one's own, as a Jupyter notebook.

    Written from public text and their own answers only.
    """
    exercise = exercise_of(request, module, slug)
    revision = exercise.current
    if revision is None:
        raise Http404("There is no such exercise.")
    user = request.user if isinstance(request.user, User) else None
    draft = draft_for(user=user, exercise=exercise) if user else None
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


def _as_author(user: User | None, exercise: Exercise) -> dict[str, bool] | None:
    """For who writes courses: whether this one is theirs to change, and that they have read its answer."""
    if user is None or not may_write(user):
        return None
    return {
        "own": written_by(user).filter(pk=exercise.module.course_id).exists(),
        "copies": copied_by(user).filter(pk=exercise.module.course_id).exists(),
        "ungraded": ungraded(exercise.module.course_id).filter(pk=user.pk).exists(),
    }


def _due(user: User | None, exercise: Exercise) -> deadlines.Due | None:
    if user is None:
        return None
    return deadlines.nearest(deadlines.calendars_for(user, exercise.module.course_id), exercise, user)


def _override(user: User | None, exercise: Exercise) -> Override | None:
    return deadlines.overrides_for(user, exercise.module.course_id).get(exercise.pk) if user else None


def _history(user: User | None, exercise: Exercise) -> list[Submission]:
    if user is None:
        return []
    mine = Submission.objects.filter(user=user, exercise=exercise).order_by("-pk")
    return list(mine.defer("verdict", "source")[:HISTORY_SHOWN])


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
        "who": user.pk if user else None,
        "revision": exercise.current.digest if exercise.current else "",
        "version": draft.version if draft else 0,
        "starter": exercise.current.starter if exercise.current else "",
        "open": exercise.ready,
        "signedIn": user is not None,
        "active": where_to_follow(active) if active else None,
    }
