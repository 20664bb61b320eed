"""What those who teach a cohort tell its members: who may, who reads it, and until when."""

import datetime

import pytest

from zero_to_gpt.accounts import forgetting
from zero_to_gpt.cohorts import announcements as services
from zero_to_gpt.cohorts.models import Announcement, Cohort, Dismissal, Membership, Role
from zero_to_gpt.cohorts.services import enrol

PAGE = "/cohorts/spring/announcements/"


@pytest.fixture
def told(spring, bob):
    """Something that bob told alice's cohort."""
    return services.announce(
        cohort=spring, title="No class <b>", text="On Friday.\nSee https://example.org/x", by=bob
    )


def home(client, user):
    client.cookies.clear()
    client.force_login(user)
    return client.get("/").content.decode().split("<main")[1]


def test_members_find_it_on_their_first_page_and_others_do_not(client, alice, bob, charlie, dora, told):
    page = home(client, alice)
    assert "No class &lt;b&gt;" in page and "On Friday.<br>" in page and "Bob, Spring," in page
    assert '<a href="https://example.org/x" rel="nofollow">' in page
    for other in (bob, charlie, dora):  # who wrote it knows it; dora is no member
        assert "No class" not in home(client, other)
    assert "No class" in client.get("/cohorts/spring/announcements/").content.decode()  # dora runs the site


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "javascript:alert(1)", '"><img src=x onerror=alert(1)>', "https://a\"onclick='x'"]
)  # fmt: skip
def test_nothing_written_there_becomes_active(client, alice, bob, spring, text):
    services.announce(cohort=spring, title=text[:120], text=text, by=bob)
    page = home(client, alice)
    for active in ("<script", "<img", 'href="javascript', 'onclick="', "onclick='"):
        assert active not in page


def test_who_dismissed_it_finds_it_on_the_cohorts_page_alone(client, alice, charlie, spring, told):
    enrol(user=charlie, cohort=spring)
    client.force_login(alice)
    for _ in range(2):
        answer = client.post(f"/announcements/{told.pk}/dismiss/")
        assert (answer.status_code, answer.url) == (302, "/")
    assert Dismissal.objects.count() == 1
    assert "No class" not in home(client, alice)
    assert "No class" in client.get("/cohorts/spring/").content.decode()
    assert "No class" in home(client, charlie)


def test_what_nobody_told_you_cannot_be_dismissed(client, charlie, told):
    client.force_login(charlie)
    assert client.post(f"/announcements/{told.pk}/dismiss/").status_code == 404
    assert client.post("/announcements/999/dismiss/").status_code == 404
    client.logout()
    assert client.post(f"/announcements/{told.pk}/dismiss/").status_code == 302
    assert not Dismissal.objects.exists()


def test_who_leaves_the_cohort_is_told_nothing_more(client, alice, spring, told):
    Membership.objects.filter(user=alice).delete()
    assert "No class" not in home(client, alice)


def test_the_newest_three_stand_there(client, alice, bob, spring):
    for number in range(5):
        services.announce(cohort=spring, title=f"Number {number}", text="", by=bob)
    page = home(client, alice)
    assert [number for number in range(5) if f"Number {number}" in page] == [2, 3, 4]
    assert "More announcements" in page
    dismissed = Announcement.objects.filter(title__in=["Number 3", "Number 4"])
    for each in dismissed:
        services.dismiss(announcement=each, user=alice)
    page = home(client, alice)
    assert [number for number in range(5) if f"Number {number}" in page] == [0, 1, 2]
    assert "More announcements" not in page


def test_it_is_written_changed_and_withdrawn(client, alice, bob, spring):
    client.force_login(bob)
    assert client.get(PAGE).status_code == 200
    answer = client.post(PAGE, {"title": " First ", "text": "One\r\ntwo"})
    assert (answer.status_code, answer.url) == (302, PAGE)
    made = Announcement.objects.get()
    assert (made.title, made.text.splitlines(), made.by, made.changed) == ("First", ["One", "two"], bob, None)
    services.dismiss(announcement=made, user=alice)
    page = client.get(f"{PAGE}{made.pk}/").content.decode()
    assert 'value="First"' in page and "Leave it" in page
    assert client.post(f"{PAGE}{made.pk}/", {"title": "Second", "text": ""}).status_code == 302
    made.refresh_from_db()
    assert made.title == "Second" and made.changed
    assert "Second" not in home(client, alice)
    client.force_login(bob)
    assert client.post(f"{PAGE}{made.pk}/", {"withdraw": "1"}).status_code == 302
    assert not Announcement.objects.exists() and not Dismissal.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"title": ""}, {"title": "x" * 121}, {"title": "x", "text": "x" * 2001}, {"title": "\x00"}]
)
def test_what_is_too_long_or_empty_is_said_beside_its_field(client, bob, spring, told, fields):
    client.force_login(bob)
    for address in (PAGE, f"{PAGE}{told.pk}/"):
        answer = client.post(address, fields)
        assert answer.status_code == 400 and "errorlist" in answer.content.decode()
    assert Announcement.objects.count() == 1


def test_so_many_a_day(client, bob, spring, told):
    for number in range(services.MOST_A_DAY - 1):
        services.announce(cohort=spring, title=f"{number}", text="", by=bob)
    with pytest.raises(services.TooMany, match="within a day"):
        services.announce(cohort=spring, title="x", text="", by=bob)
    client.force_login(bob)
    answer = client.post(PAGE, {"title": "x"})
    assert answer.status_code == 400 and "Add to an earlier one" in answer.content.decode()
    long_ago = told.created - datetime.timedelta(days=1)
    Announcement.objects.filter(pk=told.pk).update(created=long_ago)
    services.announce(cohort=spring, title="x", text="", by=bob)


def test_it_is_for_those_who_teach_there(client, alice, charlie, spring, told):
    elsewhere = Cohort.objects.create(slug="elsewhere", name="Elsewhere", course=spring.course)
    enrol(user=charlie, cohort=elsewhere, role=Role.INSTRUCTOR)
    addresses = [PAGE, f"{PAGE}{told.pk}/"]
    for user, status in ((None, 302), (alice, 403), (charlie, 404)):
        if user:
            client.force_login(user)
        for address in addresses:
            assert client.get(address).status_code == status
            assert client.post(address, {"title": "x", "withdraw": "1"}).status_code == status
    there = f"/cohorts/elsewhere/announcements/{told.pk}/"
    assert client.get(there).status_code == client.post(there, {"withdraw": "1"}).status_code == 404
    assert Announcement.objects.get().title == told.title


def test_who_wrote_it_goes_and_it_stays_without_the_name(client, alice, bob, spring, told):
    forgetting.forget(user=bob)
    page = home(client, alice)
    assert "No class" in page and "Bob" not in page


def test_the_first_page_asks_as_much_with_news(client, alice, bob, spring, django_assert_max_num_queries):
    for number in range(6):
        services.announce(cohort=spring, title=f"Number {number}", text="", by=bob)
    client.force_login(alice)
    with django_assert_max_num_queries(12):
        client.get("/")
