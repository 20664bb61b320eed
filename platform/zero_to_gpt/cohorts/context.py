"""What the menu of every page asks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from zero_to_gpt.cohorts.roles import may_write


def writes(request: HttpRequest) -> dict[str, Any]:
    """`writes`: whether who reads this page may write courses. Asked once a page, if at all."""
    return {"writes": SimpleLazyObject(lambda: may_write(request.user))}
