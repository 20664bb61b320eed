"""Sign-in for programs: a password for a bearer token, behind the same limits as the sign-in page."""

from __future__ import annotations

import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status
from ninja.security import HttpBearer

from zero_to_gpt.accounts import services
from zero_to_gpt.accounts.models import User

router = Router(tags=["sign-in"])


class WrongPassword(Exception):
    """The address and the password do not belong together, or not to an account that is open."""


class TooManySignIns(Exception):
    """The limit on failed sign-ins (shared with the sign-in page) is reached."""


class Bearer(HttpBearer):
    """`Authorization: Bearer zg_...`."""

    openapi_name = "bearer"

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        user = services.person_of(token=token)
        if user is not None:
            request.user = user
        return user


TOKENS = {"api_token": "30/m/key"}
"""How often one person may sign in for a token."""


class Credentials(Schema):
    email: str
    password: str
    name: str = Field("", max_length=80, description="what the token is for; shown on the account page")


class Token(Schema):
    token: str


class KnownToken(Schema):
    id: int
    name: str
    created: datetime.datetime
    expires: datetime.datetime
    last_used: datetime.datetime | None


@router.post("/token", auth=None, response=Token, summary="Sign in")
def token(request: HttpRequest, credentials: Credentials) -> dict[str, str]:
    """A bearer token for an e-mail address and a password. It ends after 90 days, or with the password."""
    try:
        user = get_adapter().authenticate(
            request, email=credentials.email.strip().lower(), password=credentials.password
        )
    except ValidationError:
        raise TooManySignIns from None
    if not isinstance(user, User) or not user.is_active:
        raise WrongPassword
    if not ratelimit.consume(
        request, app="allauth.account", action="api_token", config=TOKENS, key=str(user.pk)
    ):
        raise TooManySignIns
    return {"token": services.make_token(user=user, name=credentials.name)}


@router.get("/tokens", response=list[KnownToken], summary="Your tokens")
def tokens(request: HttpRequest) -> list[dict[str, Any]]:
    """Every token of yours that is valid, newest first; never the token itself."""
    return [
        {name: getattr(each, name) for name in ("id", "name", "created", "expires", "last_used")}
        for each in services.tokens_of(user=services.signed_in(request))
    ]


@router.delete("/tokens/{int:token_id}", response={204: None}, summary="End a token")
def revoke(request: HttpRequest, token_id: int) -> Status[None]:
    """End one of your tokens, at once."""
    if not services.revoke_token(user=services.signed_in(request), token_id=token_id):
        raise Http404("There is no such token of yours.")
    return Status(204, None)
