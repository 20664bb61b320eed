"""The page of an exercise's solution, and opening it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from zero_to_gpt.accounts.services import signed_in
from zero_to_gpt.submissions import solutions
from zero_to_gpt.submissions.exercises import exercise_of
from zero_to_gpt.submissions.refusals import SolutionClosed


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def solution(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """The reference, other accepted answers and known mistakes, for whoever may see them now; POST opens
    them. For everybody else the page says when they open. A script asks for the piece alone.
    """
    user = signed_in(request)
    exercise = exercise_of(request, module, slug)
    if request.method == "POST":
        try:
            solutions.open_solution(user=user, exercise=exercise)
        except SolutionClosed as refusal:
            messages.warning(request, refusal.text, extra_tags="warn")
        if not _wants_piece(request):
            return redirect("solution", module, slug)
    found = solutions.access(user, exercise)
    context: dict[str, Any] = {"exercise": exercise, "access": found, "needed": solutions.HONEST_TRIES}
    if found.shown:
        kept = exercise.current.solution if exercise.current else {}
        context |= {"solution": kept, "mine": solutions.own_answer(user, exercise)}
    piece = _wants_piece(request)
    return render(request, "submissions/_solution.html" if piece else "submissions/solution.html", context)


def _wants_piece(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"
