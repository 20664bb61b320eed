"""What runs logged, compared: over each other, how they were made, and as a table for programs."""

import csv
import io
import json
import re

import pytest
from django.test import Client

from grader.grading.session import Event as Happened
from grader.verdict import Kind, Word
from tests.conftest import verdict
from zero_to_gpt.submissions import leasing, recording, releasing, runs

RUNS = "/exercises/01-maths/01-slope-at/runs/"
CSV = "/exercises/01-maths/01-slope-at/runs.csv"


def visit(person, path):
    client = Client()
    client.force_login(person)
    return client.get(path)


@pytest.fixture
def ran(handed_in):
    """A graded Run of somebody that was made with `config` and logged losses."""

    def run(person, losses, **config):
        submission = handed_in(person, kind=Kind.RUN)
        claimed = leasing.claim(submission_id=submission.pk, worker="w")
        events = [Happened("config", {"config": config})] if config else []
        events += [
            Happened("metric", {"metric": {"step": step, "values": {"loss": loss}}})
            for step, loss in enumerate(losses)
        ]
        held = {"submission_id": submission.pk, "attempt": claimed.attempt}
        assert recording.record_events(**held, events=events)
        assert recording.record_verdict(**held, verdict=verdict(Word.FAILED))
        return submission

    return run


def points(response):
    found = re.search(r"data-overlay[^>]*><script[^>]*>(.*?)</script>", response.content.decode(), re.DOTALL)
    return json.loads(found[1])


def test_the_newest_two_are_compared_at_first_and_others_when_chosen(alice, ran):
    first, second, third = (ran(alice, [1.0, number]) for number in (0.1, 0.2, 0.3))
    assert [pk for pk, _ in points(visit(alice, RUNS))] == [str(third.pk), str(second.pk)]
    chosen = points(visit(alice, f"{RUNS}?run={first.pk}&run={third.pk}"))
    assert [pk for pk, _ in chosen] == [str(third.pk), str(first.pk)]
    assert chosen[1][1] == [{"step": 0, "values": {"loss": 1.0}}, {"step": 1, "values": {"loss": 0.1}}]


def test_at_most_four_are_compared(alice, ran):
    made = [ran(alice, [1.0]) for _ in range(6)]
    asked = "&".join(f"run={each.pk}" for each in made)
    assert len(points(visit(alice, f"{RUNS}?{asked}"))) == 4


def test_how_they_were_made_stands_side_by_side_what_differs_first(alice, ran):
    ran(alice, [1.0], width=64, lr=0.1)
    ran(alice, [1.0], width=64, lr=0.3, name="<b>wide</b>")
    page = visit(alice, RUNS).content.decode()
    table = page[page.index('class="table config"') :]
    assert table.index("lr") < table.index("width")
    assert table.count("differs</span>") == 2  # lr, and a name that only one of them has
    assert "&lt;b&gt;wide&lt;/b&gt;" in table
    assert "<b>wide" not in page
    assert "not said" in table


def test_the_table_for_programs_has_a_row_for_each_run_and_step(alice, ran):
    run = ran(alice, [1.0, None], lr=0.1, note='=HYPERLINK("http://evil")')
    answer = visit(alice, f"{CSV}?run={run.pk}")
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-Disposition"] == 'attachment; filename="01-slope-at-runs.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[0] == ["submission", "config.lr", "config.note", "step", "loss"]
    assert rows[1] == [str(run.pk), "0.1", '\'=HYPERLINK("http://evil")', "0", "1.0"]
    assert rows[2][-2:] == ["1", ""]


def test_names_that_a_spreadsheet_would_compute_are_text(alice, handed_in):
    submission = handed_in(alice, kind=Kind.RUN)
    claimed = leasing.claim(submission_id=submission.pk, worker="w")
    held = {"submission_id": submission.pk, "attempt": claimed.attempt}
    point = Happened("metric", {"metric": {"step": 1, "values": {"=1+1": 2.0, "+x": 3.0, "@y": 4.0}}})
    recording.record_events(**held, events=[point])
    recording.record_verdict(**held, verdict=verdict(Word.FAILED))
    header = visit(alice, CSV).content.decode().splitlines()[0]
    assert header == "submission,step,'+x,'=1+1,'@y"


def test_nobody_sees_the_runs_of_others(alice, bob, charlie, client, ran):
    run = ran(alice, [0.123])
    for person in (bob, charlie):
        for path in (RUNS, f"{RUNS}?run={run.pk}", f"{CSV}?run={run.pk}"):
            assert b"0.123" not in visit(person, path).content
    assert client.get(RUNS).status_code == 302


def test_the_page_is_offered_once_something_was_logged(alice, graded, ran):
    graded(alice, Word.FAILED)
    assert RUNS not in visit(alice, "/exercises/01-maths/01-slope-at/").content.decode()
    assert "No run of this exercise logged anything yet" in visit(alice, RUNS).content.decode()
    ran(alice, [1.0])
    assert RUNS in visit(alice, "/exercises/01-maths/01-slope-at/").content.decode()


def test_an_attempt_that_failed_through_our_fault_is_no_part_of_a_run(alice, handed_in, exercise):
    submission = handed_in(alice, kind=Kind.RUN)
    for attempt in (1, 2):
        leasing.claim(submission_id=submission.pk, worker="w")
        held = {"submission_id": submission.pk, "attempt": attempt}
        point = Happened("metric", {"metric": {"step": attempt, "values": {"loss": 1.0}}})
        recording.record_events(**held, events=[point])
        if attempt == 1:
            releasing.release(**held, reason="the box fell over")
    recording.record_verdict(**held, verdict=verdict(Word.FAILED))
    [run] = runs.logged(alice, exercise)
    assert [point["step"] for point in runs.points_of(run)] == [2]


def test_it_costs_few_queries_whatever_was_logged(alice, ran, client, django_assert_max_num_queries):
    for _ in range(4):
        ran(alice, [1.0] * 50, lr=0.1)
    client.force_login(alice)
    with django_assert_max_num_queries(12):
        assert client.get(RUNS).status_code == 200
