"""Who may see what: a stranger gets 404, a member whose role is too low 403."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from zero_to_gpt.cohorts.models import Role
from zero_to_gpt.cohorts.roles import cohort_for, cohorts_of, role_in, taught_by
from zero_to_gpt.cohorts.services import enrol
from zero_to_gpt.submissions.models import Submission


def test_a_member_finds_the_cohort_and_a_stranger_does_not(alice, charlie, spring):
    assert cohort_for(alice, "spring") == spring
    with pytest.raises(Http404):
        cohort_for(charlie, "spring")
    with pytest.raises(Http404):
        cohort_for(AnonymousUser(), "spring")
    with pytest.raises(Http404):
        cohort_for(alice, "no-such-cohort")


def test_a_student_may_not_enter_the_instructors_page(alice, bob, spring):
    with pytest.raises(PermissionDenied):
        cohort_for(alice, "spring", at_least=Role.INSTRUCTOR)
    assert cohort_for(bob, "spring", at_least=Role.INSTRUCTOR) == spring
    with pytest.raises(PermissionDenied):
        cohort_for(bob, "spring", at_least=Role.ADMIN)


def test_site_staff_are_admins_of_every_cohort(dora, spring, autumn):
    assert role_in(dora, spring) is Role.ADMIN
    assert set(cohorts_of(dora)) == {spring, autumn}


def test_a_role_counts_in_its_own_cohort_only(bob, autumn):
    assert role_in(bob, autumn) is None
    enrol(user=bob, cohort=autumn)
    assert set(cohorts_of(bob)) == {autumn, *cohorts_of(bob, at_least=Role.INSTRUCTOR)}
    with pytest.raises(PermissionDenied):
        cohort_for(bob, "autumn", at_least=Role.INSTRUCTOR)


def test_an_instructor_reads_the_work_of_their_own_students_only(alice, bob, charlie, dora, handed_in):
    of_alice, of_charlie = handed_in(alice), handed_in(charlie)
    visible = lambda user: set(Submission.objects.visible_to(user))  # noqa: E731
    assert visible(alice) == {of_alice}
    assert visible(bob) == {of_alice}
    assert visible(charlie) == {of_charlie}
    assert visible(dora) == {of_alice, of_charlie}
    assert visible(AnonymousUser()) == set()
    assert alice in taught_by(bob)
    assert charlie not in taught_by(bob)


def test_enrolling_again_changes_the_role_and_makes_no_second_membership(alice, spring):
    enrol(user=alice, cohort=spring, role=Role.INSTRUCTOR)
    assert alice.memberships.count() == 1
    assert role_in(alice, spring) is Role.INSTRUCTOR
