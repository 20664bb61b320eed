"""Who sent a request: only a trusted proxy's word counts, read from its right end. How large it may be."""

from __future__ import annotations

import ipaddress

import pytest

from zero_to_gpt.door import KB, MB, believed, longest_body

PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]


def seen(peer: str | None, *said: str, proto: str = "") -> tuple[str | None, str, list[bytes]]:
    """The sender, the scheme and the header names that Django gets."""
    headers = [(b"host", b"gpt.example.org"), *((b"x-forwarded-for", text.encode()) for text in said)]
    if proto:
        headers.append((b"x-forwarded-proto", proto.encode()))
    client = (peer, 4711) if peer else None
    scope = believed({"type": "http", "client": client, "scheme": "http", "headers": headers}, PROXIES)
    return scope["client"] and scope["client"][0], scope["scheme"], [name for name, _ in scope["headers"]]


@pytest.mark.parametrize(
    ("peer", "said", "sender"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # anybody may claim anything
        ("10.0.0.2", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.2", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),  # the left end is the sender's own claim
        ("10.0.0.2", ["1.1.1.1", "198.51.100.1"], "198.51.100.1"),  # two headers are one list
        ("10.0.0.2", ["198.51.100.1, 10.9.9.9"], "198.51.100.1"),  # a proxy before the proxy
        ("10.0.0.2", ["198.51.100.1, nonsense"], "10.0.0.2"),
        ("10.0.0.2", [""], "10.0.0.2"),
        ("10.0.0.2", [], "10.0.0.2"),
        ("10.0.0.2", ["10.0.0.7"], "10.0.0.7"),
        ("10.0.0.2", ["198.51.100.1:55001"], "198.51.100.1"),
        ("10.0.0.2", ['"[2001:db8::7]:55001"'], "2001:db8::7"),
        ("::ffff:10.0.0.2", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        (None, ["198.51.100.1"], None),
    ],
)
def test_the_sender_is_the_last_address_that_a_trusted_proxy_reports(
    peer: str | None, said: list[str], sender: str | None
) -> None:
    assert seen(peer, *said)[0] == sender


@pytest.mark.parametrize(
    ("peer", "proto", "scheme"),
    [("203.0.113.9", "https", "http"), ("10.0.0.2", "https", "https"), ("10.0.0.2", "http, https", "https")],
)
def test_the_scheme_is_believed_only_from_a_trusted_proxy(peer: str, proto: str, scheme: str) -> None:
    assert seen(peer, "198.51.100.1", proto=proto)[1] == scheme


@pytest.mark.parametrize("peer", ["203.0.113.9", "10.0.0.2"])
def test_nothing_behind_the_door_sees_a_claim(peer: str) -> None:
    assert seen(peer, "198.51.100.1", proto="https")[2] == [b"host"]


def test_a_page_that_takes_source_takes_more_than_others() -> None:
    """256 kB of source may be escaped six characters for one; a sign-in is no upload."""
    assert longest_body("/exercises/01-maths/01-slope-at/submit/") == 2 * MB > 6 * 256 * KB
    assert longest_body("/api/v1/submissions") == 2 * MB
    assert longest_body("/healthz") == longest_body("/accounts/login/") == longest_body("/") == 64 * KB
