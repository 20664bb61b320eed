"""The page on which people see and change what the site knows of them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zero_to_gpt.accounts import services
from zero_to_gpt.accounts.forms import ProfileForm
from zero_to_gpt.accounts.models import DeedKind, User
from zero_to_gpt.accounts.record import deeds

DEEDS_PER_PAGE = 50


@require_http_methods(["GET", "POST"])
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Name and theme; the tokens of one's programs; links to address and password, which allauth keeps."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Sign in first.")
    person = User.objects.get(pk=request.user.pk)
    now = {"display_name": person.display_name, "theme": person.theme}
    form = ProfileForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        services.change_profile(user=person, **form.cleaned_data)
        messages.success(request, "Saved.", extra_tags="pass")
        return redirect("account")
    context = {"form": form, "tokens": services.tokens_of(user=person)}
    return render(request, "accounts/account.html", context)


@require_POST
@login_required
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token of one's own; one that is gone already is no fault."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Sign in first.")
    services.revoke_token(user=request.user, token_id=token_id)
    messages.success(request, "The token has ended.", extra_tags="pass")
    return redirect("account")


@require_safe
@login_required
def record(request: HttpRequest) -> HttpResponse:
    """Who did what to whom, for those who run the site."""
    if not services.signed_in(request).is_staff:
        raise PermissionDenied("This page is for the people who run the site.")
    kinds = dict(DeedKind.choices)
    what = request.GET.get("what", "")
    what = what if what in kinds else ""
    person = request.GET.get("person", "").replace("\0", "").strip()[:80]
    page = Paginator(deeds(what=what, person=person), DEEDS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "kinds": sorted(kinds.items(), key=_label), "what": what, "person": person}
    return render(request, "accounts/record.html", context)


def _label(kind: tuple[str, str]) -> str:
    return kind[1]
