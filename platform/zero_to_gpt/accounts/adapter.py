"""What we want otherwise than allauth: whom wrong passwords lock out, where sign-in and mails lead."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.sites.requests import RequestSite
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

FAILED = {
    "failed_from_there": "5/300s/key",
    "failed_anywhere": "100/h/key",
    "failed_address": "200/300s/ip",
}
"""Wrong passwords: for one account from one address, for one account from everywhere, from one address.

Who guesses at one account from one address stops at five, so nobody else's sign-in is refused for it; the
second bounds guesses from many addresses, the third guesses at many accounts. It is high, because a class
behind one router is one address. A right password counts for none of them.
"""


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        used = ratelimit.RateLimitUsage(usage=[])
        self._login_failed_rl_usage = used  # allauth gives it back when the password was right
        for action, key in self._keys(request, **credentials).items():
            usage = ratelimit.consume(
                request, app="allauth.account", action=action, config=FAILED, key=key, limit_get=True
            )
            if not usage:
                raise self.validation_error("too_many_login_attempts")
            used.usage.extend(usage.usage)

    def _keys(self, request: HttpRequest, **credentials: Any) -> dict[str, str]:
        """What each limit counts by. Never the Host header, which whoever asks may choose."""
        login = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
        address = ratelimit.get_ip(request)
        return {
            "failed_from_there": f"{address} {login}",
            "failed_anywhere": login,
            "failed_address": address,
        }

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """After a password was reset by mail, its person may sign in."""
        keys = self._keys(request, **credentials)
        for action in ("failed_from_there", "failed_anywhere"):
            ratelimit.clear(request, app="allauth.account", action=action, config=FAILED, key=keys[action])

    def is_safe_url(self, url: str) -> bool:
        """Where `next` may lead after a sign-in: to a page of this site. To no address with a host, not even
        one of ALLOWED_HOSTS: `localhost` is a program on the computer of whoever signs in."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Links and the site's name in mails are PUBLIC_URL's, where it is set, whatever host was asked."""
        request = allauth_context.request
        if settings.PUBLIC_URL_GIVEN and request is not None:
            context = {name: _public(value, request.get_host()) for name, value in context.items()}
            site = RequestSite(request)
            site.domain = site.name = urlsplit(settings.PUBLIC_URL_GIVEN).netloc
            context["current_site"] = site
        super().send_mail(template_prefix, email, context)


def _public(value: Any, host: str) -> Any:
    """An address on the host that was asked, as one under PUBLIC_URL; anything else as it is."""
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        return value
    parts = urlsplit(value)
    if parts.netloc != host:
        return value
    public = urlsplit(settings.PUBLIC_URL_GIVEN)
    return urlunsplit((public.scheme, public.netloc, *parts[2:]))
