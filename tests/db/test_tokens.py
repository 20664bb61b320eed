"""API tokens: for confirmed addresses, until the password or their last day ends, seen and revoked."""

import datetime
import json

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from tests.conftest import PASSWORD
from zero_to_gpt.accounts import services
from zero_to_gpt.accounts.models import ApiToken
from zero_to_gpt.accounts.services import TOKENS_AT_ONCE, TOKENS_LAST, make_token, person_of


def ask(client, **more):
    body = {"email": "alice@example.org", "password": PASSWORD} | more
    return client.post("/api/v1/token", json.dumps(body), content_type="application/json")


def bearer(token):
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def confirming(settings):
    """As with a mail server: an address counts once its mail was answered."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


def confirm(user, verified=True):
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": verified, "primary": True}
    )


@pytest.mark.parametrize("sent", [{"email": "\ud800"}, {"password": "\ud800"}])
def test_half_a_character_is_no_fault_of_ours(client, alice, sent):
    body = {"email": alice.email, "password": PASSWORD} | sent
    response = client.post("/api/v1/token", json.dumps(body), content_type="application/json")
    assert response.status_code in (401, 422)
    assert response.json()["detail"].strip()


def test_an_unconfirmed_address_gets_no_token(alice, confirming):
    answer = ask(Client())
    assert answer.status_code == 403
    assert answer.json()["code"] == "address_not_confirmed"
    assert "confirmed" in answer.json()["detail"]
    assert not ApiToken.objects.exists()
    confirm(alice)
    assert ask(Client()).status_code == 200


def test_a_closed_account_gets_no_token_and_its_tokens_open_nothing(alice):
    token = make_token(user=alice)
    alice.is_active = False
    alice.save()
    assert bearer(token).get("/api/v1/tokens").status_code == 401
    answer = ask(Client())
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_password")
    assert ApiToken.objects.count() == 1


def test_a_token_from_before_opens_nothing_while_the_address_is_unconfirmed(alice, settings):
    token = make_token(user=alice)
    assert person_of(token=token) == alice
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert person_of(token=token) is None
    confirm(alice, verified=False)
    assert person_of(token=token) is None
    confirm(alice)
    assert person_of(token=token) == alice


def test_a_token_ends_with_the_password_however_it_was_changed(alice):
    token = make_token(user=alice)
    browser = Client()
    browser.force_login(alice)
    new = "another horse, another battery"
    answer = browser.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer.status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(new)
    assert bearer(token).get("/api/v1/course").status_code == 401
    second = make_token(user=alice)
    alice.set_password(PASSWORD)
    alice.save()
    assert person_of(token=second) is None
    assert services.tokens_of(user=alice) == []


def test_a_token_ends_on_its_last_day(alice):
    token = make_token(user=alice)
    made = ApiToken.objects.get()
    assert made.expires - made.created == TOKENS_LAST == datetime.timedelta(days=90)
    ApiToken.objects.update(expires=timezone.now() - datetime.timedelta(seconds=1))
    assert person_of(token=token) is None
    assert services.tokens_of(user=alice) == []


def test_one_person_has_so_many_tokens_and_the_longest_unused_ends(alice, bob):
    foreign = make_token(user=bob)
    tokens = [make_token(user=alice, name=str(number)) for number in range(TOKENS_AT_ONCE)]
    used = ApiToken.objects.get(name="0")
    ApiToken.objects.filter(pk=used.pk).update(last_used=timezone.now() + datetime.timedelta(seconds=1))
    make_token(user=alice)
    assert ApiToken.objects.filter(user=alice).count() == TOKENS_AT_ONCE
    assert person_of(token=tokens[0]) == alice
    assert person_of(token=tokens[1]) is None
    assert person_of(token=foreign) == bob


def test_signing_in_for_tokens_has_a_pace(alice):
    answers = [ask(Client()).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]


def test_tokens_are_listed_and_ended_by_api(alice, bob):
    token = ask(Client(), name="laptop").json()["token"]
    foreign = make_token(user=bob)
    client = bearer(token)
    (mine,) = client.get("/api/v1/tokens").json()
    assert mine["name"] == "laptop"
    assert set(mine) == {"id", "name", "created", "expires", "last_used"}
    of_bob = ApiToken.objects.get(user=bob)
    assert client.delete(f"/api/v1/tokens/{of_bob.pk}").status_code == 404
    assert person_of(token=foreign) == bob
    assert client.delete(f"/api/v1/tokens/{mine['id']}").status_code == 204
    assert client.get("/api/v1/tokens").status_code == 401


def test_tokens_are_seen_and_ended_on_the_account_page(alice, bob):
    token = make_token(user=alice, name="cluster <b>")
    make_token(user=bob, name="of somebody else")
    browser = Client()
    browser.force_login(alice)
    page = browser.get("/account/").content.decode()
    assert "cluster &lt;b&gt;" in page
    assert "never" in page
    assert "of somebody else" not in page
    assert token not in page
    of_bob = ApiToken.objects.get(user=bob)
    browser.post(f"/account/tokens/{of_bob.pk}/revoke/")
    assert ApiToken.objects.filter(pk=of_bob.pk).exists()
    mine = ApiToken.objects.get(user=alice)
    assert browser.get(f"/account/tokens/{mine.pk}/revoke/").status_code == 405
    after = browser.post(f"/account/tokens/{mine.pk}/revoke/", follow=True).content.decode()
    assert "The token has ended." in after
    assert person_of(token=token) is None
