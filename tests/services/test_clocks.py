"""A host whose clock is wrong takes nothing from others and loses nothing: leases go by the database's clock.

libfaketime moves the clock of one process; the database and this process keep the true one.
"""

import datetime
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from grader.verdict import State
from tests.house.repository import ROOT
from zero_to_gpt.submissions import leasing, releasing
from zero_to_gpt.submissions.models import Submission

pytestmark = pytest.mark.django_db(transaction=True)

SAYS_ITS_TIME = "from django.utils import timezone; print(timezone.now().isoformat(), file=sys.stderr);"


def elsewhere(clock, code):
    """What a process whose clock goes wrong by `clock` ("+60s") prints, and what its clock says."""
    database = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{connection.settings_dict['NAME']}"
    environment = os.environ | {
        "PYTHONPATH": "platform:.",
        "DATABASE_URL": database,
        "SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "zero_to_gpt.settings",
        "LOG_LEVEL": "ERROR",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    program = f"import sys, django; django.setup(); {SAYS_ITS_TIME}"
    program += "from zero_to_gpt.submissions import leasing, releasing, submitting; print(" + code + ")"
    done = subprocess.run(
        ["faketime", "-f", clock, sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), datetime.datetime.fromisoformat(done.stderr.strip().splitlines()[0])


@pytest.fixture(params=["+60s", "+30s", "-30s", "-60s"])
def clock(request):
    return request.param


def off(clock):
    return int(clock[:-1])


def test_the_other_clock_is_wrong_indeed(clock, transactional_db):
    _, there = elsewhere(clock, "1")
    assert abs((there - timezone.now()).total_seconds() - off(clock)) < 10


def test_a_host_whose_clock_is_wrong_takes_nothing_from_a_living_worker(alice, handed_in, clock):
    submission = handed_in(alice)
    claimed = leasing.claim(submission_id=submission.pk, worker="here")
    assert elsewhere(clock, "releasing.release_expired()")[0] == "0"
    assert leasing.still_held(submission_id=submission.pk, attempt=claimed.attempt)


def test_what_a_host_whose_clock_is_wrong_holds_is_not_taken_from_it(alice, handed_in, clock):
    submission = handed_in(alice)
    got, _ = elsewhere(clock, f"leasing.claim(submission_id={submission.pk}, worker='there').attempt")
    assert got == "1"
    assert releasing.release_expired() == 0
    submission.refresh_from_db()
    left = (submission.lease_until - timezone.now()).total_seconds()
    assert 0 < left <= settings.LEASE_SECONDS
    renewed, _ = elsewhere(clock, f"leasing.renew(submission_id={submission.pk}, attempt=1)")
    assert renewed == "True"
    assert releasing.release_expired() == 0


def test_what_really_was_lost_is_returned_whatever_a_clock_says(alice, handed_in, clock):
    submission = handed_in(alice)
    leasing.claim(submission_id=submission.pk, worker="dead")
    Submission.objects.update(lease_until=timezone.now() - datetime.timedelta(seconds=1))
    assert elsewhere(clock, "releasing.release_expired()")[0] == "1"
    submission.refresh_from_db()
    assert submission.state == State.QUEUED


def test_a_host_whose_clock_is_wrong_takes_a_submission_as_any_other(alice, exercise, clock):
    code = (
        "(lambda user, place: submitting.submit(user=user, exercise=place, kind=submitting.Kind.SUBMIT, "
        "source='x', idempotency_key='k').pk)(submitting.User.objects.get(), "
        "submitting.Exercise.objects.published().get())"
    )
    number, _ = elsewhere(clock, code)
    queued = Submission.objects.get(pk=int(number)).queued_at
    assert abs((queued - timezone.now()).total_seconds()) < 15
