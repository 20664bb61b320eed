"""Django's admin asks the database a bounded number of questions, and takes bounded rosters from who may."""

import contextlib
import html
import re
import tempfile
import threading
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.conftest import new_revision, person
from tests.db.test_queue import at_once
from zero_to_gpt.accounts import admin as admin_of_people
from zero_to_gpt.accounts import forgetting
from zero_to_gpt.accounts.forgetting import others_run_the_site
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.cohorts import admin as rosters
from zero_to_gpt.cohorts.models import Membership
from zero_to_gpt.cohorts.services import enrol
from zero_to_gpt.submissions import submitting
from zero_to_gpt.submissions.models import Submission

MANY = 60


@pytest.fixture
def admin(client, dora):
    client.force_login(dora)
    return client


@pytest.fixture
def class_of_many(spring):
    for number in range(MANY):
        enrol(user=person(f"member{number}@example.org"), cohort=spring)
    return spring


def test_the_page_of_a_cohort(admin, class_of_many, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page = admin.get(f"/admin/cohorts/cohort/{class_of_many.pk}/change/")
    assert f"{MANY} in this cohort" in page.content.decode()
    address = f"/admin/cohorts/membership/?cohort__id__exact={class_of_many.pk}"
    assert address in page.content.decode()
    with django_assert_max_num_queries(12):
        assert "member7" in admin.get(address).content.decode()


def test_a_cohort_is_made_and_deleted(admin, course, class_of_many, django_assert_max_num_queries):
    fields = {"name": "Winter", "slug": "winter", "course": course.pk, "created_0": "2026-01-01"}
    fields |= {"created_1": "10:00"}
    assert admin.post("/admin/cohorts/cohort/add/", fields).status_code == 302
    with django_assert_max_num_queries(12):
        page = admin.get(f"/admin/cohorts/cohort/{class_of_many.pk}/delete/").content.decode()
    assert f"Memberships: {MANY}" in page
    admin.post(f"/admin/cohorts/cohort/{class_of_many.pk}/delete/", {"post": "yes"})
    assert User.objects.filter(email__startswith="member").count() == MANY


def test_deleting_a_person_says_in_few_queries_what_goes(
    admin, alice, handed_in, settings, monkeypatch, django_assert_max_num_queries
):
    settings.SUBMITS_PER_MINUTE = 1000
    monkeypatch.setattr(submitting, "SUBMITS_IN_FLIGHT", 1000)
    for _ in range(MANY):
        handed_in(alice)
    with django_assert_max_num_queries(25):
        page = admin.get(f"/admin/accounts/user/{alice.pk}/delete/").content.decode()
    assert f"Submissions: {MANY}" in page
    with django_assert_max_num_queries(64):
        admin.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=alice.pk).exists()
    assert not Submission.objects.exists()


def test_the_list_of_exercises(admin, exercise, module, lesson, django_assert_max_num_queries):
    for number in range(2, MANY):
        slug = f"{number:02}-more"
        place = Exercise.objects.create(module=module, lesson=lesson, slug=slug, name=f"01-maths/{slug}")
        new_revision(place, f"digest-of-{number}")
    with django_assert_max_num_queries(10):
        page = admin.get("/admin/catalog/exercise/").content.decode()
    assert "02-more" in page
    with django_assert_max_num_queries(10):
        admin.get("/admin/catalog/revision/")


def test_lists_of_what_people_hand_in(admin, alice, bob, graded, django_assert_max_num_queries):
    mine = [graded(each) for each in (alice, bob) for _ in range(3)]
    with django_assert_max_num_queries(12):
        page = admin.get("/admin/submissions/submission/").content.decode()
    assert page.count('class="action-checkbox"') == len(mine)
    with django_assert_max_num_queries(15):
        shown = admin.get(f"/admin/submissions/submission/{mine[0].pk}/change/").content.decode()
    assert "&quot;word&quot;: &quot;failed&quot;" in shown
    assert "running" in shown
    found = admin.get("/admin/submissions/submission/?q=ALICE@").content.decode()
    assert found.count('class="action-checkbox"') == 3
    found = admin.get(f"/admin/submissions/submission/?q={mine[4].pk}").content.decode()
    assert found.count('class="action-checkbox"') == 1


def test_the_last_who_runs_the_site_does_not_give_up_that_right(client, dora, bob):
    User.objects.filter(pk=dora.pk).update(is_superuser=True)
    client.force_login(dora)
    address = f"/admin/accounts/user/{dora.pk}/change/"
    data = {"email": dora.email, "language": "en", "theme": "system", "is_active": "on"}
    page = client.post(address, data)
    assert "Nobody else runs this site." in page.content.decode()
    assert User.objects.get(pk=dora.pk).is_staff
    User.objects.filter(pk=bob.pk).update(is_staff=True, is_superuser=True)
    assert client.post(address, data).status_code == 302
    assert not User.objects.get(pk=dora.pk).is_staff


@pytest.mark.parametrize("change", ["unticked", "deleted"])
@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_that_right_from_each_other_at_once_one_keeps_it(
    transactional_db, monkeypatch, change
):
    pair = [
        User.objects.create_user(f"{name}@example.org", "x", is_staff=True, is_superuser=True)
        for name in ("ada", "grace")
    ]
    clients = [Client() for _ in pair]
    for client, each in zip(clients, pair, strict=True):
        client.force_login(each)
    both_ask = threading.Barrier(2, timeout=3)

    def asked(user: User) -> bool:
        with contextlib.suppress(threading.BrokenBarrierError):
            both_ask.wait()  # nobody is locked yet
        return others_run_the_site(user)

    monkeypatch.setattr(admin_of_people, "others_run_the_site", asked)
    monkeypatch.setattr(forgetting, "others_run_the_site", asked)

    def take_from_the_other(number: int) -> int:
        other = pair[1 - number]
        address = f"/admin/accounts/user/{other.pk}"
        data = {"email": other.email, "language": "en", "theme": "system", "is_active": "on"}
        if change == "unticked":
            return clients[number].post(f"{address}/change/", data).status_code
        return clients[number].post(f"{address}/delete/", {"post": "yes"}).status_code

    answers = at_once(take_from_the_other, threads=2)
    assert User.objects.filter(is_staff=True, is_active=True).count() == 1
    assert answers.count(302) == 1
    assert 500 not in answers


ROSTERS = "/admin/cohorts/membership/"
EXPORT = {f"rosterresource_{name}": "on" for name in ("cohort", "email", "role")} | {"format": "0"}


def may(user, *codes):
    user.user_permissions.set(
        Permission.objects.filter(codename__in=[f"{code}_membership" for code in codes])
    )


def send_roster(client, text):
    file = SimpleUploadedFile("roster.csv", text.encode())
    return client.post(f"{ROSTERS}import/", {"format": "0", "import_file": file})


def confirmation(page):
    found = re.findall(r'name="(\w+)" value="([^"]*)"', page.content.decode())
    return {name: html.unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def test_rosters_are_for_staff_who_may_change_them(client, bob, spring):
    """Before, whoever runs anything of the site could read all addresses and enrol people without asking."""
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    client.force_login(bob)
    assert client.get(ROSTERS).status_code == 403
    assert client.get(f"{ROSTERS}import/").status_code == 403
    assert client.post(f"{ROSTERS}process_import/").status_code == 403
    assert client.post(f"{ROSTERS}export/", EXPORT).status_code == 403
    may(bob, "view")
    assert client.post(f"{ROSTERS}export/", EXPORT).status_code == 200
    assert client.get(f"{ROSTERS}import/").status_code == 403
    may(bob, "view", "add", "change")
    assert client.get(f"{ROSTERS}import/").status_code == 200


def test_a_roster_goes_out_without_formulas_and_comes_back(admin, spring):
    odd = person("=1+1@example.org")
    enrol(user=odd, cohort=spring)
    table = admin.post(f"{ROSTERS}export/", EXPORT).content.decode()
    assert "spring,'=1+1@example.org,student" in table
    Membership.objects.all().delete()
    sent = confirmation(send_roster(admin, table))
    assert admin.post(f"{ROSTERS}process_import/", sent).url == ROSTERS
    assert Membership.objects.filter(user=odd, cohort=spring).exists()
    again = admin.post(f"{ROSTERS}process_import/", sent)
    assert again.status_code == 404


def test_a_confirmation_names_no_file_of_this_machine(admin, spring, alice):
    """Before, whatever it named in the folder for temporary files was read and deleted."""
    sent = confirmation(send_roster(admin, "cohort,email,role\nspring,alice@example.org,student\n"))
    with tempfile.NamedTemporaryFile() as file:
        name = Path(file.name).name
        answer = admin.post(f"{ROSTERS}process_import/", sent | {"import_file_name": name})
        assert answer.status_code == 404
        assert Path(file.name).exists()


@pytest.mark.parametrize("wrong", [{"format": "1"}, {"format": "x"}, {"format": "-2"}, {"resource": "7"}])
def test_a_forged_confirmation_enrols_nobody(admin, spring, charlie, wrong):
    sent = confirmation(send_roster(admin, "cohort,email,role\nspring,charlie@example.org,student\n"))
    assert admin.post(f"{ROSTERS}process_import/", sent | wrong).status_code == 200
    assert not Membership.objects.filter(user=charlie, cohort=spring).exists()
    assert admin.post(f"{ROSTERS}process_import/", sent).status_code == 302
    assert Membership.objects.filter(user=charlie, cohort=spring).exists()


def test_a_roster_is_bounded(admin, spring, alice, monkeypatch):
    """Before, 8 MB of rows kept SQLite, and with it the site, for minutes."""
    monkeypatch.setattr(rosters, "MOST_ROWS", 3)
    row = "spring,alice@example.org,student\n"
    page = send_roster(admin, "cohort,email,role\n" + row * 4).content.decode()
    assert "This roster has 4 rows; 3 go at once." in page
    assert "alice@example.org" not in page
    assert "go at once" not in send_roster(admin, "cohort,email,role\n" + row * 3).content.decode()


def fields_of(someone, **changed):
    """What the form of a person posts."""
    given = {
        "email": someone.email,
        "display_name": someone.display_name,
        "language": "en",
        "theme": "system",
    }
    for right in ("is_active", "is_staff", "is_superuser"):
        if getattr(someone, right):
            given[right] = "on"
    return {name: value for name, value in (given | changed).items() if value is not None}


@pytest.fixture
def helper(client, db):
    """Somebody who may change and delete people, and has no other right."""
    erin = person("erin@example.org", is_staff=True)
    names = ("view_user", "change_user", "delete_user")
    erin.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(erin)
    return erin


def test_who_may_change_people_gives_nobody_rights(client, helper, alice):
    every = list(Permission.objects.values_list("pk", flat=True))
    for someone in (helper, alice):
        address = f"/admin/accounts/user/{someone.pk}/change/"
        rights = {"is_staff": "on", "is_superuser": "on", "user_permissions": every, "display_name": "New"}
        assert client.post(address, fields_of(someone, **rights)).status_code == 302
        someone.refresh_from_db()
        assert someone.display_name == "New" and not someone.is_superuser
    assert helper.user_permissions.count() == 3
    assert not alice.is_staff and not alice.user_permissions.exists()


def test_who_may_change_people_touches_nobody_who_runs_the_site(client, helper, dora):
    before = dora.password
    own = f"/admin/accounts/user/{dora.pk}"
    fields = {"password1": "another one 77", "password2": "another one 77", "usable_password": "true"}
    assert client.post(f"{own}/change/", fields_of(dora, email="erin2@example.org")).status_code == 403
    assert client.post(f"{own}/password/", fields).status_code == 403
    assert client.post(f"{own}/delete/", {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [dora.pk], "post": "yes"}
    assert client.post("/admin/accounts/user/", data).status_code == 403
    dora.refresh_from_db()
    assert (dora.email, dora.password) == ("dora@example.org", before)


def test_who_may_delete_people_deletes_learners(client, helper):
    somebody = person("somebody@example.org")
    assert client.post(f"/admin/accounts/user/{somebody.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=somebody.pk).exists()


@pytest.mark.parametrize("right", ["is_superuser", "is_staff", "is_active"])
def test_the_last_superuser_stays_one(admin, dora, helper, client, right):
    client.force_login(dora)
    address = f"/admin/accounts/user/{dora.pk}/change/"
    page = client.post(address, fields_of(dora, **{right: None}))
    assert page.status_code == 200 and "somebody else" in page.content.decode()
    dora.refresh_from_db()
    assert dora.is_superuser and dora.is_staff and dora.is_active
    person("fred@example.org", is_staff=True, is_superuser=True)
    assert client.post(address, fields_of(dora, **{right: None})).status_code == 302
    dora.refresh_from_db()
    assert not getattr(dora, right)
