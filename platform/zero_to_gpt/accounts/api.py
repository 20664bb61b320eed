"""Sign-in for programs: a password for a bearer token, behind the same limits as the sign-in page."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Router, Schema
from ninja.security import HttpBearer

from zero_to_gpt.accounts import services
from zero_to_gpt.accounts.models import User

router = Router(tags=["sign-in"])


class WrongPassword(Exception):
    """The address and the password do not belong together."""


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


class Credentials(Schema):
    email: str
    password: str


class Token(Schema):
    token: str


@router.post("/token", auth=None, response=Token, summary="Sign in")
def token(request: HttpRequest, credentials: Credentials) -> dict[str, str]:
    """A bearer token for an e-mail address and a password."""
    try:
        user = get_adapter().authenticate(
            request, email=credentials.email.strip().lower(), password=credentials.password
        )
    except ValidationError:
        raise TooManySignIns from None
    if not isinstance(user, User):
        raise WrongPassword
    return {"token": services.make_token(user=user)}
