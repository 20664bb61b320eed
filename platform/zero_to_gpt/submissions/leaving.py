"""What a person may do with all that is theirs: take it along, and delete it with the account."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import IO

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from zero_to_gpt.accounts.forgetting import LastAdministrator, forget
from zero_to_gpt.accounts.models import User
from zero_to_gpt.accounts.services import signed_in
from zero_to_gpt.cohorts.roles import written_alone_by
from zero_to_gpt.submissions.export import archive
from zero_to_gpt.submissions.forms import PasswordForm
from zero_to_gpt.submissions.models import Submission

PART = 256 * 1024


@require_safe
@login_required
def export(request: HttpRequest) -> HttpResponseBase:
    """Everything that belongs to this person, as one archive; one at a time, for it may be large."""
    user = signed_in(request)
    if not _take(user.pk):
        sentence = "An archive of yours is being made or fetched already. Wait for it, then try again."
        return render(request, "429.html", {"sentence": sentence}, status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        return Archive(archive(user), lambda: _taken.discard(user.pk))
    except BaseException:
        _taken.discard(user.pk)
        raise


_taken: set[int] = set()
"""Whose archives this process makes or sends at the moment."""
_lock = threading.Lock()


def _take(person: int) -> bool:
    with _lock:
        if person in _taken:
            return False
        _taken.add(person)
    return True


class Archive(StreamingHttpResponse):
    """An archive, sent as it is read from its file. When it is closed, or dropped before it began, `free`."""

    def __init__(self, file: IO[bytes], free: Callable[[], object]) -> None:
        headers = {
            "Content-Disposition": 'attachment; filename="zero-to-gpt.zip"',
            "Content-Length": str(os.fstat(file.fileno()).st_size),
        }
        super().__init__(_parts(file), content_type="application/zip", headers=headers)
        self._end = weakref.finalize(self, _end, file, free)

    def close(self) -> None:
        self._end()
        super().close()


def _end(file: IO[bytes], free: Callable[[], object]) -> None:
    file.close()
    free()


async def _parts(file: IO[bytes]) -> AsyncIterator[bytes]:
    while part := await asyncio.to_thread(file.read, PART):
        yield part


@require_http_methods(["GET", "POST"])
@login_required
def delete_account(request: HttpRequest) -> HttpResponse:
    """Delete one's account for ever, with the password once more."""
    user = User.objects.get(pk=signed_in(request).pk)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        too_often: HttpResponse | None = ratelimit.consume_or_429(request, action="reauthenticate", user=user)
        if too_often is not None:
            return too_often
        if not user.check_password(form.cleaned_data["password"]):
            form.add_error("password", "This is not your password.")
        else:
            try:
                forget(user=user)
            except LastAdministrator as refusal:
                form.add_error(None, str(refusal))
            else:
                logout(request)
                messages.success(request, "Your account and everything in it is deleted.", extra_tags="pass")
                response = redirect("home")
                response["Clear-Site-Data"] = '"storage"'  # drafts that the browser keeps
                return response
    context = {
        "form": form,
        "submissions": Submission.objects.filter(user=user).count(),
        "alone": written_alone_by(user),
    }
    return render(request, "submissions/delete_account.html", context, status=400 if form.errors else 200)
