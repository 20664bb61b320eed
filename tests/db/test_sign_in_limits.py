"""Wrong passwords lock out who guesses, and nobody else: not the account, not the class behind one router."""

import json

import pytest
from django.core.cache import cache
from django.test import Client

from tests.conftest import PASSWORD, person

SCHOOL, ELSEWHERE = "198.51.100.1", "203.0.113.9"


@pytest.fixture(autouse=True)
def _nothing_counted(db):
    cache.clear()


def on_the_page(email, password, address=SCHOOL, **headers):
    fields = {"login": email, "password": password}
    return Client(REMOTE_ADDR=address).post("/accounts/login/", fields, headers=headers).status_code == 302


def by_api(email, password, address=SCHOOL, **headers):
    body = json.dumps({"email": email, "password": password})
    client = Client(REMOTE_ADDR=address)
    return (
        client.post("/api/v1/token", body, content_type="application/json", headers=headers).status_code
        == 200
    )


@pytest.mark.parametrize("sign_in", [on_the_page, by_api])
def test_ten_wrong_passwords_of_one_learner_do_not_lock_out_the_class(alice, bob, charlie, sign_in):
    for _ in range(10):
        assert not sign_in(alice.email, "wrong")
    for number in range(10):
        assert not sign_in(f"nobody{number}@example.org", "wrong")
    assert sign_in(bob.email, PASSWORD)
    assert sign_in(charlie.email, PASSWORD)


@pytest.mark.parametrize("sign_in", [on_the_page, by_api])
def test_who_guesses_stops_after_five_and_the_person_signs_in_from_elsewhere(alice, sign_in):
    for _ in range(5):
        assert not sign_in(alice.email, "wrong")
    assert not sign_in(alice.email, PASSWORD)
    assert sign_in(alice.email, PASSWORD, address=ELSEWHERE)


def test_the_page_and_the_api_count_together(alice):
    for sign_in in (on_the_page, by_api, on_the_page, by_api, on_the_page):
        assert not sign_in(alice.email, "wrong")
    assert not by_api(alice.email, PASSWORD)
    assert not on_the_page(alice.email, PASSWORD)


def test_another_host_header_or_spelling_gives_no_further_guesses(alice):
    for number in range(5):
        assert not by_api(alice.email.upper(), "wrong", Host=f"localhost:{6000 + number}")
    assert not by_api(alice.email, PASSWORD, Host="localhost:7000")


def test_guesses_at_one_account_from_many_addresses_end(alice):
    for number in range(100):
        assert not by_api(alice.email, "wrong", address=f"203.0.113.{number}")
    assert not by_api(alice.email, PASSWORD, address=ELSEWHERE.replace("9", "200"))


def test_guesses_at_many_accounts_from_one_address_end(alice):
    for number in range(200):
        assert not by_api(f"nobody{number}@example.org", "wrong", address=ELSEWHERE)
    assert not by_api(alice.email, PASSWORD, address=ELSEWHERE)
    assert by_api(alice.email, PASSWORD)


def test_a_class_of_sixty_signs_in_within_a_minute_from_one_address(db):
    people = [person(f"s{number}@example.org") for number in range(60)]
    assert all(on_the_page(each.email, PASSWORD) for each in people)
