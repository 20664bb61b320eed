"""What a verdict weighs on the wire and costs the server, however much of it there is."""

import dataclasses
import re
import time

import numpy as np
import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from grader.language import T64
from grader.values.compare import compare, preview
from grader.verdict import CallDetail, Failing, ProbeResult, ProbeWord, TaskResult, Word
from tests.conftest import verdict
from zero_to_gpt.submissions import leasing, recording

MOST_BYTES, MOST_NODES, MOST_SECONDS = 60_000, 1_200, 0.06
TASKS, CHECKS = 8, 6


def call(size):
    """A call with several arrays that are all wrong, and as many inputs."""
    rng = np.random.default_rng(size)
    expected = {f"w{n}": rng.normal(size=(size, size)) for n in range(4)}
    got = {name: value + 1e-3 for name, value in expected.items()}
    differences = compare(got, expected, T64, dtype="same", kind=Failing.VALUE)
    return CallDetail(
        seed=0,
        inputs=preview(expected),
        got=preview(got),
        expected=preview(expected),
        differences=differences,
    )


def large(size=64):
    """A verdict of which nothing passes, with everything in it that a verdict can have."""
    detail = call(size)
    probes = tuple(
        ProbeResult(
            name=f"Probe{task}x{check}",
            title=f"Check {check} of task {task}, of some words",
            task=task,
            points=1,
            visible=check < 2,
            pays=True,
            word=ProbeWord.FAILED,
            kind=Failing.VALUE,
            message=f"`softmax`: {check + 3} of 12 numbers differ; the worst is [1, 2]: yours 0.61.",
            detail=detail,
            twin=None if check < 2 else detail,
        )
        for task in range(1, TASKS + 1)
        for check in range(CHECKS)
    )
    tasks = tuple(
        TaskResult(id=n, title=f"Task of number {n}", points=0, possible=6, passed=False)
        for n in range(1, TASKS + 1)
    )
    return dataclasses.replace(verdict(Word.FAILED), probes=probes, tasks=tasks, output="printed\n" * 50)


def weigh(html):
    return len(html.encode()), len(re.findall(r"<[a-z]", html))


@pytest.fixture
def graded_large(alice, handed_in):
    submission = handed_in(alice)
    claimed = leasing.claim(submission_id=submission.pk, worker="w")
    recording.record_verdict(submission_id=submission.pk, attempt=claimed.attempt, verdict=large())
    submission.refresh_from_db()
    return submission


@pytest.mark.parametrize("size", [3, 10, 64])
def test_any_verdict_is_light(graded_large, size):
    """Also one that was kept whole: what a row keeps may grow."""
    shown = large(size).for_learner()
    context = {"submission": graded_large, "verdict": shown, "own": True}
    render_to_string("submissions/_verdict.html", context)  # templates are read once
    times = []
    for _ in range(5):
        began = time.thread_time()
        html = render_to_string("submissions/_verdict.html", context)
        times.append(time.thread_time() - began)
    size_in_bytes, nodes = weigh(html)
    assert size_in_bytes <= MOST_BYTES
    assert nodes <= MOST_NODES
    assert min(times) <= MOST_SECONDS


def test_the_answer_of_the_server_is_quick(client, alice, graded_large):
    client.force_login(alice)
    address = f"/submissions/{graded_large.pk}/result/"
    assert client.get(address).status_code == 200
    times = []
    for _ in range(5):
        began = time.thread_time()
        answer = client.get(address)
        times.append(time.thread_time() - began)
    assert weigh(answer.content.decode())[0] <= MOST_BYTES
    assert min(times) <= MOST_SECONDS


def test_a_check_brings_its_values_when_it_is_opened(client, alice, graded_large):
    client.force_login(alice)
    page = client.get(f"/submissions/{graded_large.pk}/result/").content.decode()
    (first, *others) = re.findall(r'data-fetch="([^"]+)"', page)
    assert len([first, *others]) == TASKS * CHECKS - 1  # all but the one that stands open
    piece = client.get(first).content.decode()
    assert "Expected" in piece
    assert "Yours" in piece
    assert "The inputs</h5>" not in piece
    assert "The inputs</h5>" in client.get(f"{first}?whole=1").content.decode()


def test_a_check_of_a_hidden_probe_shows_its_learner_the_twin_alone(client, alice, bob, graded_large):
    address = f"/submissions/{graded_large.pk}/checks/Probe1x3/"
    client.force_login(alice)
    learner = client.get(address).content.decode()
    assert "The hidden example stays hidden" in learner
    assert learner.count('class="call"') == 1
    client.force_login(bob)
    assert client.get(address).content.decode().count('class="call"') == 2


def test_checks_of_others_and_checks_that_are_none_are_not_found(client, alice, charlie, graded_large):
    client.force_login(alice)
    assert client.get(f"/submissions/{graded_large.pk}/checks/Nothing/").status_code == 404
    client.force_login(charlie)
    assert client.get(f"/submissions/{graded_large.pk}/checks/Probe1x0/").status_code == 404


def test_without_scripts_a_check_opens_on_the_page_of_its_submission(client, alice, graded_large):
    client.force_login(alice)
    page = client.get(f"/submissions/{graded_large.pk}/?check=Probe2x1").content.decode()
    assert re.search(r'<details class="check"[^>]* open', page)
    assert "The inputs</h5>" in page


def test_the_list_of_earlier_submissions_reads_no_verdict(client, alice, graded_large):
    client.force_login(alice)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"/exercises/{graded_large.exercise.name}/history/")
    assert answer.status_code == 200
    assert len(answer.content) < 2_000
    assert not [query for query in queries.captured_queries if '"verdict"' in query["sql"]]
