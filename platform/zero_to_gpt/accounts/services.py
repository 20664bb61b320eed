"""API tokens (made for a password, shown once, kept as a digest) and what people choose about themselves."""

from __future__ import annotations

import datetime
import secrets

from allauth.account.utils import has_verified_email
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from zero_to_gpt.accounts.models import ApiToken, User

MARK_USE_EVERY = datetime.timedelta(minutes=10)
TOKENS_LAST = datetime.timedelta(days=90)
TOKENS_AT_ONCE = 20


class AddressNotConfirmed(Exception):
    """This person may not sign in yet: the mail about the address was not answered."""


def make_token(*, user: User, name: str = "") -> str:
    """A new bearer token of this person. It cannot be read again.

    Of more than TOKENS_AT_ONCE the one that was longest unused ends. Raises AddressNotConfirmed.
    """
    if not may_sign_in(user):
        raise AddressNotConfirmed
    token = f"zg_{secrets.token_urlsafe(32)}"
    now = timezone.now()
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        ApiToken.objects.filter(user=user, expires__lte=now).delete()
        older = list(ApiToken.objects.filter(user=user))
        older.sort(key=lambda each: each.last_used or each.created, reverse=True)
        surplus = [each.pk for each in older[TOKENS_AT_ONCE - 1 :]]
        ApiToken.objects.filter(pk__in=surplus).delete()
        ApiToken.objects.create(
            user=user,
            name=name[:80],
            digest=ApiToken.digest_of(token),
            password_mark=user.get_session_auth_hash(),
            created=now,
            expires=now + TOKENS_LAST,
        )
    return token


def may_sign_in(user: User) -> bool:
    """The sign-in page's rule: where addresses must be confirmed, one of this person's is."""
    return settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory" or bool(has_verified_email(user))


def tokens_of(*, user: User) -> list[ApiToken]:
    """This person's tokens that are valid, newest first."""
    found = ApiToken.objects.filter(user=user, expires__gt=timezone.now()).order_by("-created", "-pk")
    mark = user.get_session_auth_hash()
    return [each for each in found if constant_time_compare(each.password_mark, mark)]


def revoke_token(*, user: User, token_id: int) -> bool:
    """End one token of this person; whether there was one."""
    ended, _ = ApiToken.objects.filter(user=user, pk=token_id).delete()
    return bool(ended)


def signed_in(request: HttpRequest) -> User:
    """The signed-in person; for what is behind a sign-in. Raises PermissionDenied."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Sign in first.")
    return request.user


def person_of(*, token: str) -> User | None:
    """Whose token this is, or None. Remembers (coarsely) that it was used."""
    now = timezone.now()
    found = (
        ApiToken.objects.select_related("user")
        .filter(digest=ApiToken.digest_of(token), user__is_active=True, expires__gt=now)
        .first()
    )
    if found is None:
        return None
    if not constant_time_compare(found.password_mark, found.user.get_session_auth_hash()):
        return None  # the password was changed since
    if not may_sign_in(found.user):
        return None
    if found.last_used is None or found.last_used < now - MARK_USE_EVERY:
        ApiToken.objects.filter(pk=found.pk).update(last_used=now)
    return found.user


def change_profile(*, user: User, display_name: str, theme: str) -> User:
    """What people choose about themselves: the name that others read, and light or dark."""
    user.display_name = display_name
    user.theme = theme
    user.full_clean()
    user.save(update_fields=["display_name", "theme"])
    return user
