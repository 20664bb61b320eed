"""Three people to try the site with, made once."""

import json
import os
import stat

import pytest
from django.core.management import CommandError, call_command

from zero_to_gpt.accounts.models import User
from zero_to_gpt.cohorts.models import Cohort, Membership


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.VAR = tmp_path
    settings.PUBLIC_URL = "http://127.0.0.1:8000"


def test_three_people_are_made_with_passwords_that_work(course, tmp_path, capsys, client):
    call_command("demo")
    signins = json.loads((tmp_path / "demo-signins.json").read_text())
    assert [entry["role"] for entry in signins] == ["student", "instructor", "admin"]
    printed = capsys.readouterr().out
    for entry in signins:
        assert entry["password"] in printed
        assert User.objects.get(email=entry["email"]).check_password(entry["password"])
        assert client.login(email=entry["email"], password=entry["password"])
    assert set(Membership.objects.values_list("role", flat=True)) == {"student", "instructor", "admin"}
    assert [u.email for u in User.objects.filter(is_staff=True)] == ["admin@example.org"]


def test_the_file_is_readable_by_its_owner_only(course, tmp_path):
    old_mask = os.umask(0)
    try:
        call_command("demo")
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE((tmp_path / "demo-signins.json").stat().st_mode) == 0o600


def test_a_second_time_changes_nothing(course, tmp_path):
    call_command("demo")
    before = (tmp_path / "demo-signins.json").read_text()
    call_command("demo")
    assert (tmp_path / "demo-signins.json").read_text() == before
    assert (User.objects.count(), Cohort.objects.count(), Membership.objects.count()) == (3, 1, 3)


def test_a_public_site_gets_no_demo_people(course, settings):
    settings.PUBLIC_URL = "https://gpt.example"
    with pytest.raises(CommandError, match="public address"):
        call_command("demo")
    assert not User.objects.exists()
