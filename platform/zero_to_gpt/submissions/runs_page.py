"""The page on which what one's runs of an exercise logged is compared, and the same as a table."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from zero_to_gpt.accounts.services import signed_in
from zero_to_gpt.submissions import runs
from zero_to_gpt.submissions.exercises import exercise_of


@require_safe
@login_required
def logged_runs(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """What one's runs of an exercise logged: the chosen ones over each other, and how they were made."""
    exercise = exercise_of(request, module, slug)
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
def runs_csv(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """The points of the chosen runs as a table for programs."""
    exercise = exercise_of(request, module, slug)
    found = runs.logged(signed_in(request), exercise)
    written = runs.as_csv(runs.chosen(found, request.GET.getlist("run")))
    response = HttpResponse(written, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{exercise.slug}-runs.csv"'
    return response
