"""What is made for somebody who is signed in is kept by no cache; what is everybody's may be."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.conftest import PASSWORD
from tests.db.test_plans import pages
from zero_to_gpt.accounts.services import make_token


def kept(response) -> str:
    return response.get("Cache-Control", "")


def test_no_cache_keeps_anybodys_own_page(dora, alice, spring, graded, client):
    mine = graded(alice)
    client.force_login(dora)
    found = {name: client.get(address) for name, address in pages(mine, spring, alice).items()}
    more = {"account": "/account/", "authoring": "/authoring/", "missing": "/nothing/", "admin": "/admin/"}
    found |= {name: client.get(address) for name, address in more.items()}
    assert {name for name, response in found.items() if "no-store" not in kept(response)} == set()


def test_no_cache_keeps_what_a_program_is_told(alice, graded):
    mine = graded(alice)
    program = Client(headers={"Authorization": f"Bearer {make_token(user=alice)}"})
    for path in ("submissions", f"submissions/{mine.pk}", "course"):
        assert "no-store" in kept(program.get(f"/api/v1/{path}")), path


def test_no_cache_keeps_a_new_token(client, alice):
    given = {"email": alice.email, "password": PASSWORD}
    response = client.post("/api/v1/token", given, content_type="application/json")
    assert response.status_code == 200
    assert "no-store" in kept(response)


@pytest.mark.parametrize("path", ["/", "/course/", "/search/?q=slope", "/help/", "/lessons/01-maths/slope/"])
def test_what_everybody_sees_may_be_kept(client, exercise, path):
    response = client.get(path)
    assert response.status_code == 200
    assert kept(response) == ""
