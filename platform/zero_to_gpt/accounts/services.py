"""API tokens: made for a password, shown once, kept as a digest."""

from __future__ import annotations

import datetime
import secrets

from django.utils import timezone

from zero_to_gpt.accounts.models import ApiToken, User

MARK_USE_EVERY = datetime.timedelta(minutes=10)


def make_token(*, user: User) -> str:
    """A new bearer token of this person. It cannot be read again."""
    token = f"zg_{secrets.token_urlsafe(32)}"
    ApiToken.objects.create(user=user, digest=ApiToken.digest_of(token))
    return token


def person_of(*, token: str) -> User | None:
    """Whose token this is, or None. Remembers (coarsely) that it was used."""
    found = (
        ApiToken.objects.select_related("user")
        .filter(digest=ApiToken.digest_of(token), user__is_active=True)
        .first()
    )
    if found is None:
        return None
    now = timezone.now()
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
