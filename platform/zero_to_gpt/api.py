"""/api/v1: the same services as the pages, for programs. OpenAPI at /api/v1/openapi.json.

Errors are problem documents: {"status", "code", "detail"}, `detail` being a sentence for a person.
"""

from __future__ import annotations

import logging
import re
import secrets
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from zero_to_gpt.accounts.api import Bearer, TooManySignIns, WrongPassword
from zero_to_gpt.accounts.api import router as accounts
from zero_to_gpt.accounts.services import AddressNotConfirmed
from zero_to_gpt.catalog import api as catalog_api
from zero_to_gpt.catalog.api import router as catalog
from zero_to_gpt.cohorts import roles
from zero_to_gpt.faults import sentence_for
from zero_to_gpt.submissions.api import router as submissions
from zero_to_gpt.submissions.refusals import Refused, TooFast

log = logging.getLogger(__name__)
_UNSTORABLE = re.compile(rb"\0|%00|\\u0000|\\ud[89a-f]|%ed%[ab]", re.IGNORECASE)
"""NUL and half a surrogate pair, as JSON and addresses can hold them."""

catalog_api.courses_of, catalog_api.main_course = roles.courses_of, roles.main_course

api = NinjaAPI(title="Zero to GPT", version="1.2", urls_namespace="api", auth=Bearer(), docs_url=None)
api.add_router("", accounts)
api.add_router("", catalog)
api.add_router("", submissions)


def problem(status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    """One shape for everything that goes wrong."""
    response = api.create_response(
        None,  # type: ignore[arg-type]  # ninja's renderer does not look at the request
        {"status": status, "code": code, "detail": detail, **more},
        status=status,
    )
    response["Content-Type"] = "application/problem+json"
    return response


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    response = problem(error.status, error.code, error.text)
    if isinstance(error, TooFast):
        response["Retry-After"] = str(error.retry_after)
    return response


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = [
        {"where": ".".join(str(part) for part in item["loc"][1:]), "what": item["msg"]}
        for item in error.errors
    ]
    first = wrong[0] if wrong else {"where": "", "what": "unreadable"}
    return problem(422, "invalid", f"{first['where'] or 'body'}: {first['what']}", errors=wrong)


@api.exception_handler(AuthenticationError)
def unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = problem(
        401, "unauthenticated", "Send `Authorization: Bearer <token>` from POST /api/v1/token."
    )
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(WrongPassword)
def wrong_password(request: HttpRequest, error: WrongPassword) -> HttpResponse:
    return problem(401, "wrong_password", "The e-mail address or the password is not correct.")


@api.exception_handler(AddressNotConfirmed)
def not_confirmed(request: HttpRequest, error: AddressNotConfirmed) -> HttpResponse:
    sentence = "This address is not confirmed yet: sign in on the page, and follow the link in the mail."
    return problem(403, "address_not_confirmed", sentence)


@api.exception_handler(TooManySignIns)
def too_many_sign_ins(request: HttpRequest, error: TooManySignIns) -> HttpResponse:
    response = problem(429, "too_fast", "Too many sign-ins. Try again in a few minutes.")
    response["Retry-After"] = "300"
    return response


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, "not_found", str(error) or "There is nothing here.")


@api.exception_handler(PermissionDenied)
def denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return problem(403, "forbidden", str(error) or "Your role does not allow this.")


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(413, "source_too_large", "The request is larger than this server reads.")


@api.exception_handler(DataError)
@api.exception_handler(UnicodeEncodeError)
def unstorable(request: HttpRequest, error: Exception) -> HttpResponse:
    """Text that the database cannot even look for: PostgreSQL knows no NUL, nobody half a surrogate pair.

    Where the request holds neither, the character was ours.
    """
    if _UNSTORABLE.search(request.get_full_path().encode()) is None and not _UNSTORABLE.search(
        _body(request)
    ):
        return ours(request, error)
    return problem(422, "invalid", "The request holds a character that cannot be stored.")


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RawPostDataException:  # it was read as a stream, so it was no JSON
        return b""


@api.exception_handler(HttpError)
def other(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, "unreadable", str(error))


@api.exception_handler(Exception)
def ours(request: HttpRequest, error: Exception) -> HttpResponse:
    """A fault of ours: logged with a code that the person can quote, told without details."""
    support_code = secrets.token_hex(4)
    log.error("%s %s failed (ref %s)", request.method, request.path, support_code, exc_info=error)
    sentence = sentence_for(error)
    if sentence:
        return problem(503, "unavailable", f"{sentence} (ref {support_code})")
    return problem(500, "fault", f"This failed through no fault of yours. (ref {support_code})")


def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """For addresses below /api/v1/ that are no operation: programs get no page."""
    return problem(404, "not_found", "There is nothing here; see /api/v1/openapi.json.")
