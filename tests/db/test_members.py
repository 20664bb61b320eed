"""Who may invite, promote and remove whom; and that nobody's work is read before they agreed."""

import pytest

from tests.conftest import person
from zero_to_gpt.cohorts import services
from zero_to_gpt.cohorts.models import Cohort, Invitation, Membership, Role
from zero_to_gpt.cohorts.roles import cohorts_of, invitations_of, role_in, taught_by
from zero_to_gpt.cohorts.services import enrol

PAGE = "/cohorts/spring/members/"


@pytest.fixture
def as_person(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def place(user, cohort):
    return f"{PAGE}{Membership.objects.get(user=user, cohort=cohort).pk}/"


def test_addresses_are_invited_however_they_are_typed(as_person, alice, bob, charlie, spring):
    services.invite(cohort=spring, emails=["old@example.org"], by=bob)
    text = "New <New@Example.org>, old@example.org;\nALICE@example.org charlie@example.org\n, new@example.org"
    response = as_person(bob).post(PAGE, {"emails": text}, follow=True)
    invited = {"new@example.org", "old@example.org", "charlie@example.org"}
    assert {each.email for each in Invitation.objects.all()} == invited
    said = response.content.decode()
    assert "2 invited. 1 had been invited before. 1 is a member already." in said
    assert charlie.name not in said, "whether an address has an account is not told"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "This field is required"),
        ("nobody here", "There is no e-mail address"),
        ("a@b", "“a@b” is no e-mail address"),
        (" ".join(f"s{n}@example.org" for n in range(501)), "at most 500"),
    ],
)
def test_what_is_no_list_of_addresses_is_a_sentence(as_person, bob, spring, text, sentence):
    response = as_person(bob).post(PAGE, {"emails": text})
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not Invitation.objects.exists()


def test_an_invitation_opens_nothing_until_it_is_accepted(as_person, bob, charlie, spring, handed_in):
    submission = handed_in(charlie)
    services.invite(cohort=spring, emails=["charlie@example.org"], by=bob)
    assert charlie not in taught_by(bob)
    assert as_person(bob).get(f"/submissions/{submission.pk}/").status_code == 404
    (invitation,) = invitations_of(charlie)
    client = as_person(charlie)
    assert "You are invited to Spring" in client.get("/").content.decode()
    assert "can then read what you submit" in client.get("/cohorts/").content.decode()
    client.post(f"/invitations/{invitation.pk}/", {"answer": "join"})
    assert role_in(charlie, spring) is Role.STUDENT
    assert charlie in taught_by(bob)
    assert not Invitation.objects.exists()


def test_one_can_decline(as_person, bob, charlie, spring):
    services.invite(cohort=spring, emails=["charlie@example.org"], by=bob)
    as_person(charlie).post(f"/invitations/{Invitation.objects.get().pk}/", {"answer": "decline"})
    assert role_in(charlie, spring) is None
    assert not Invitation.objects.exists()


def test_nobody_answers_for_another_address(as_person, alice, bob, charlie, spring, autumn):
    services.invite(cohort=autumn, emails=["dora@example.org"], by=bob)
    invitation = Invitation.objects.get()
    assert as_person(alice).post(f"/invitations/{invitation.pk}/", {"answer": "join"}).status_code == 404
    with pytest.raises(services.NotAllowed):
        services.answer(invitation=invitation, user=alice, join=True)
    assert Invitation.objects.exists()


def test_joining_by_an_old_invitation_takes_no_role_away(bob, spring):
    invitation = Invitation.objects.create(cohort=spring, email="bob@example.org")
    services.answer(invitation=invitation, user=bob, join=True)
    assert role_in(bob, spring) is Role.INSTRUCTOR


def test_an_invitation_can_be_withdrawn_in_its_own_cohort_only(as_person, bob, charlie, spring, autumn):
    enrol(user=charlie, cohort=autumn, role=Role.INSTRUCTOR)
    services.invite(cohort=spring, emails=["x@example.org"], by=bob)
    invitation = Invitation.objects.get()
    client = as_person(charlie)
    assert client.post(f"/cohorts/autumn/invitations/{invitation.pk}/").status_code == 404
    assert client.post(f"/cohorts/spring/invitations/{invitation.pk}/").status_code == 404
    assert as_person(bob).post(f"/cohorts/spring/invitations/{invitation.pk}/").status_code == 302
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("alice", 403), ("charlie", 404), ("bob", 200), ("dora", 200)])
def test_who_sees_the_members(as_person, request, alice, bob, charlie, dora, spring, who, status):
    client = as_person(request.getfixturevalue(who))
    assert client.get(PAGE).status_code == status
    assert client.post(PAGE, {"emails": "x@example.org"}).status_code == (302 if status == 200 else status)
    assert Invitation.objects.exists() == (status == 200)


def test_roles_are_given_by_admins_and_never_to_oneself(as_person, alice, bob, dora, spring):
    assert as_person(bob).post(place(alice, spring), {"role": "instructor"}).status_code == 403
    assert as_person(dora).post(place(alice, spring), {"role": "admin"}).status_code == 302
    assert role_in(alice, spring) is Role.ADMIN
    client = as_person(alice)
    assert client.post(place(alice, spring), {"role": "student"}).status_code == 403
    assert client.post(place(bob, spring), {"role": "student"}).status_code == 302
    assert role_in(bob, spring) is Role.STUDENT
    assert client.post(place(bob, spring), {"role": "emperor"}).status_code == 302
    assert role_in(bob, spring) is Role.STUDENT


def test_instructors_remove_students_and_nobody_else(as_person, alice, bob, dora, spring, handed_in):
    submission = handed_in(alice)
    other = enrol(user=dora, cohort=spring, role=Role.INSTRUCTOR)
    client = as_person(bob)
    assert client.post(f"{PAGE}{other.pk}/", {"remove": "1"}).status_code == 403
    assert client.post(place(bob, spring), {"remove": "1"}).status_code == 403
    assert client.post(place(alice, spring), {"remove": "1"}).status_code == 302
    assert role_in(alice, spring) is None
    assert client.get(f"/submissions/{submission.pk}/").status_code == 404
    assert as_person(alice).get(f"/submissions/{submission.pk}/").status_code == 200


def test_a_member_is_found_in_their_own_cohort_only(as_person, bob, charlie, spring, autumn):
    assert as_person(bob).post(place(charlie, autumn), {"remove": "1"}).status_code == 404
    assert role_in(charlie, autumn) is Role.STUDENT


def test_a_student_leaves_and_an_instructor_does_not(as_person, alice, bob, charlie, spring):
    assert as_person(alice).post("/cohorts/spring/leave/").status_code == 302
    assert not cohorts_of(alice).exists()
    assert as_person(bob).post("/cohorts/spring/leave/").status_code == 403
    assert as_person(charlie).post("/cohorts/spring/leave/").status_code == 404


def test_staff_make_cohorts_and_others_do_not(as_person, bob, dora, spring):
    assert as_person(bob).post("/cohorts/make/new/", {"name": "Mine"}).status_code == 403
    client = as_person(dora)
    assert client.post("/cohorts/make/new/", {"name": "Spring"}).url == "/cohorts/spring-2/members/"
    assert client.post("/cohorts/make/new/", {"name": "统计"}).url == "/cohorts/cohort/members/"
    assert "needs a name" in client.post("/cohorts/make/new/", {"name": " "}, follow=True).content.decode()
    assert Cohort.objects.count() == 3


def test_the_page_costs_few_queries(as_person, bob, spring, django_user_model, django_assert_max_num_queries):
    for number in range(20):
        enrol(user=django_user_model.objects.create(email=f"m{number}@example.org"), cohort=spring)
    services.invite(cohort=spring, emails=[f"i{number}@example.org" for number in range(20)], by=bob)
    client = as_person(bob)
    with django_assert_max_num_queries(12):
        assert client.get(PAGE).status_code == 200


def test_an_address_in_an_exported_roster_is_no_formula(client, dora, spring):
    enrol(user=person("=1+cmd@example.org"), cohort=spring)
    client.force_login(dora)
    asked = {"format": "0", "resource": "", "membershipresource_id": "on"}
    fields = ("cohort", "email", "role")
    asked |= {f"rosterresource_{name}": "on" for name in fields}
    answer = client.post("/admin/cohorts/membership/export/", asked)
    assert answer["Content-Type"] == "text/csv"
    assert "spring,'=1+cmd@example.org,student" in answer.content.decode()
