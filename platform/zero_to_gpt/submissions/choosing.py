"""Which of one's earlier answers an exercise is run with."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from zero_to_gpt.accounts.services import signed_in
from zero_to_gpt.addresses import key_of
from zero_to_gpt.cohorts.roles import exercises_of
from zero_to_gpt.submissions import pieces

OFFICIAL = "official"


@require_POST
@login_required
def choose_piece(request: HttpRequest, module: str, slug: str) -> HttpResponse:
    """Take the posted `answer` (the number of a submission, or `official`) for the piece `name`."""
    user = signed_in(request)
    exercise = exercises_of(user).filter(module__slug=module, slug=slug).first()
    if exercise is None:
        raise Http404("There is no such exercise.")
    answer = request.POST.get("answer", "")
    try:
        pieces.choose(
            user=user,
            exercise=exercise,
            name=request.POST.get("name", ""),
            answer=None if answer == OFFICIAL else key_of(answer) or 0,
        )
    except pieces.NoSuchAnswer as refusal:
        messages.warning(request, str(refusal), extra_tags="warn")
    else:
        messages.success(request, "Your next Run and Submit take this one.", extra_tags="pass")
    page = reverse("exercise", args=[module, slug])
    return HttpResponseRedirect(f"{page}#pieces", status=HTTPStatus.SEE_OTHER)
