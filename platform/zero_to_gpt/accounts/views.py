"""The page on which people see and change what the site knows of them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from zero_to_gpt.accounts import services
from zero_to_gpt.accounts.forms import ProfileForm
from zero_to_gpt.accounts.models import User


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
