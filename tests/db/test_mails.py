"""Where links in mails lead: to the public address, whatever Host was asked."""

import re

import pytest
from django.core import mail
from django.test import Client

PUBLIC = "https://gpt.example.org"


@pytest.fixture
def public(settings):
    settings.PUBLIC_URL_GIVEN = PUBLIC
    settings.ALLOWED_HOSTS = ["gpt.example.org", "localhost"]


def asked_from(host, address, path, fields):
    mail.outbox.clear()
    answer = Client(headers={"Host": host}).post(path, fields)
    assert answer.status_code == 302
    (sent,) = mail.outbox
    assert sent.to == [address]
    return f"{sent.subject}\n{sent.body}"


@pytest.mark.parametrize("host", ["localhost:6666", "gpt.example.org:6666", "gpt.example.org"])
def test_a_password_reset_leads_to_the_public_address(alice, public, host):
    text = asked_from(host, alice.email, "/accounts/password/reset/", {"email": alice.email})
    links = re.findall(r"https?://\S+", text)
    assert links
    assert [link for link in links if not link.startswith(f"{PUBLIC}/")] == []
    assert "6666" not in text
    assert "localhost" not in text
    assert (
        Client(headers={"Host": "gpt.example.org"})
        .get(links[0].removeprefix(PUBLIC), follow=True)
        .status_code
        == 200
    )


def test_so_does_the_mail_to_an_unknown_address(db, public):
    text = asked_from(
        "localhost:6666", "x@example.org", "/accounts/password/reset/", {"email": "x@example.org"}
    )
    assert PUBLIC in text
    assert "6666" not in text


def test_so_does_the_mail_that_confirms_an_address(db, public):
    password = "correct horse battery"
    fields = {"email": "new@example.org", "password1": password, "password2": password}
    text = asked_from("localhost:6666", "new@example.org", "/accounts/signup/", fields)
    assert f"{PUBLIC}/accounts/confirm-email/" in text
    assert "6666" not in text


def test_without_a_public_address_links_lead_where_the_page_was(alice):
    text = asked_from("localhost:8001", alice.email, "/accounts/password/reset/", {"email": alice.email})
    assert "http://localhost:8001/accounts/password/reset/key/" in text
