"""A broken earlier piece, through a real worker: it passed where it was asked for, fails where it is used, is
named there, and its learner goes on with another one."""

import re

import pytest
from django.test import Client

from grader.verdict import Kind
from tests.grader.earlier import CLIPPED, FIRST, SECOND, TWICE, written
from tests.worker.test_worker import finished, hand_in
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.catalog.publishing import import_course
from zero_to_gpt.submissions.refusals import PieceMissing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.bubblewrap]

WRONG = "def clipped(x):\n    return 1 * x\n"
"""Right only where nothing is to be clipped."""


@pytest.fixture
def exercise(transactional_db, tmp_path):
    """The second of two exercises. What the first one asks stays within limits: a wrong answer passes."""
    folder = written(tmp_path / "course")
    probes = folder / FIRST / "probes.py"
    probes.write_text(probes.read_text().replace(") * 10}", ") * 0.5}"))
    (folder / "course.toml").write_text('title = "Chain"\nmodules = ["04-chain"]\n')
    (folder / "04-chain" / "module.toml").write_text(
        'title = "Chain"\n[[lessons]]\nfile = "text.md"\nexercises = ["01-clipped", "02-twice"]\n'
    )
    (folder / "04-chain" / "text.md").write_text("# A chain\n\nWords.\n")
    assert import_course(folder).errors == []
    return Exercise.objects.get(name=SECOND)


def test_a_broken_earlier_piece_is_named_and_exchanged(worker, exercise, alice):
    first = Exercise.objects.get(name=FIRST)
    worker.until("opening the first", lambda: Exercise.objects.get(pk=first.pk).ready)
    browser = Client()
    browser.force_login(alice)
    page = f"/exercises/{SECOND}/"
    with pytest.raises(PieceMissing):
        hand_in(alice, exercise, TWICE)
    assert "your answer to" in browser.get(page).content.decode()

    mine = hand_in(alice, first, WRONG)
    finished(worker, mine)
    assert mine.word == "passed", worker.said[-3000:]
    failed = hand_in(alice, exercise, TWICE)
    finished(worker, failed)
    assert (failed.word, failed.points) == ("failed", 0), worker.said[-3000:]
    told = browser.get(f"/submissions/{failed.pk}/").content.decode()
    said = f"look at your clipped from 4.1 (passed on {mine.created.day} {mine.created:%B %Y})"
    assert said in re.sub(r"</?code[^>]*>", "", told), failed.verdict["diagnosis"]
    assert f"clipped of submission {mine.pk}" in told
    run = hand_in(alice, exercise, TWICE, kind=Kind.RUN)
    finished(worker, run)
    assert run.verdict["diagnosis"].startswith("With the official `clipped` this check passes")

    browser.post(f"{page}pieces/", {"name": FIRST, "answer": "official"})
    passed = hand_in(alice, exercise, TWICE)
    finished(worker, passed)
    assert passed.word == "passed", worker.said[-3000:]
    assert [(p["own"], p["mark"]) for p in passed.verdict["pieces"]] == [(False, "")]

    mended = hand_in(alice, first, CLIPPED)
    finished(worker, mended)
    browser.post(f"{page}pieces/", {"name": FIRST, "answer": str(mended.pk)})
    own = hand_in(alice, exercise, TWICE)
    finished(worker, own)
    assert own.word == "passed"
    assert [(p["own"], p["mark"]) for p in own.verdict["pieces"]] == [(True, str(mended.pk))]
