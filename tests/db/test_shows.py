"""The first page's training: who may begin one, who watches, and what is said when there is none."""

import datetime
import re

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from grader.grading.shown import drawing, metric
from grader.sandbox.box import BoxError
from zero_to_gpt.catalog.models import Lesson
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.shows import services, training
from zero_to_gpt.shows.models import Show

pytestmark = pytest.mark.django_db


@pytest.fixture
def torch_here():
    return WorkerSign.objects.create(name="host:1", profiles={"numpy": "box", "torch": "box"})


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """The shows that were rung for."""
    found = []
    monkeypatch.setattr(
        "zero_to_gpt.shows.views.begin.apply_async", lambda args, queue: found.append((args, queue))
    )
    return found


def press():
    return Client().post("/shows/start/").json()


def told(show, after=0):
    return Client().get(f"/shows/{show.pk}/", {"after": after}).json()


def test_one_begins_a_show_and_the_next_visitor_watches_the_same(torch_here, rung):
    assert Client().get("/shows/").json() == {"show": None}
    first, second = press(), press()
    show = Show.objects.get()
    assert first == second == {"show": f"/shows/{show.pk}/"}
    assert Client().get("/shows/").json() == first
    assert rung[0] == ((show.pk,), "authors")
    assert told(show)["waiting"]
    assert services.claim() == show
    assert services.claim() is None
    press()
    assert len(rung) == 2  # one that runs needs no bell


def test_there_is_never_a_second_one(torch_here):
    press()
    with pytest.raises(IntegrityError), transaction.atomic():
        Show.objects.create(lease_until=timezone.now())
    assert Show.objects.count() == 1


def test_why_there_is_none(torch_here, settings, handed_in, alice):
    settings.SHOWS = False
    assert "switched off" in press()["why"]
    settings.SHOWS = True
    WorkerSign.objects.update(profiles={"numpy": "box"})
    assert "PyTorch is not on this machine" in press()["why"]
    yesterday = timezone.now() - datetime.timedelta(days=1)
    WorkerSign.objects.update(profiles={"torch": "box"}, last_seen=yesterday)
    assert "PyTorch is not on this machine" in press()["why"]
    WorkerSign.objects.update(last_seen=timezone.now())
    waits = handed_in(alice)
    assert "busy with learners' code" in press()["why"]
    waits.delete()
    press()
    show = services.claim()
    services.end(show)
    assert "in a minute" in press()["why"]
    Show.objects.update(ended=timezone.now() - datetime.timedelta(minutes=2))
    assert press()["show"]
    assert Show.objects.count() == 2


def test_everybody_hears_everything_once_and_in_order(torch_here):
    press()
    show = services.claim()
    many = [(n / 10, "metric", {"metric": {"step": n, "values": {"loss": 1.0}}}) for n in range(700)]
    assert services.tell(show, many)
    heard, after, ended = [], 0, False
    services.end(show)
    for _ in range(3):
        part = told(show, after)
        heard += part["told"]
        after, ended = part["after"], part["ended"]
    assert [row[2]["metric"]["step"] for row in heard] == list(range(700))
    assert ended
    assert not told(show)["ended"]  # the first five hundred are not the end
    assert told(show, "x' or 1=1")["told"] == told(show, 0)["told"]
    assert Client().get("/shows/999999/").status_code == 404


def test_a_dead_worker_ends_the_show_and_cannot_speak_any_more(torch_here):
    press()
    show = services.claim()
    services.tell(show, [(1.0, "output", {"text": "0\tabc\n"})])
    Show.objects.update(lease_until=timezone.now() - datetime.timedelta(seconds=1))
    assert Client().get("/shows/").json() == {"show": None}
    part = told(show)
    assert (part["ended"], part["failed"]) == (True, True)
    assert not services.tell(show, [(2.0, "output", {"text": "1\tabc\n"})])
    services.end(show)
    assert Show.objects.get().state == Show.State.FAILED


def test_old_shows_are_forgotten(torch_here):
    for _ in range(services.KEPT + 3):
        Show.objects.update(ended=timezone.now() - datetime.timedelta(hours=1))
        press()
        services.end(services.claim())
    assert Show.objects.count() == services.KEPT


def test_the_recording_is_a_whole_show():
    found = Client().get("/shows/recording/").json()
    assert datetime.date.fromisoformat(found["made"]) <= timezone.now().date()
    kinds = [kind for _, kind, _ in found["told"]]
    assert {"output", "metric", "drawing"} == set(kinds)
    seconds = [second for second, _, _ in found["told"]]
    assert seconds == sorted(seconds)
    for _, kind, data in found["told"]:
        if kind == "metric":
            assert metric(data["metric"]) == data["metric"]
        if kind == "drawing":
            assert drawing(data["drawing"]) == data["drawing"]
    text = "".join(data["text"] for _, kind, data in found["told"] if kind == "output")
    steps = [int(line.partition("\t")[0]) for line in text.splitlines()]
    assert steps == sorted(steps)
    losses = [data["metric"]["values"]["loss"] for _, kind, data in found["told"] if kind == "metric"]
    assert losses[-1] < 0.6 * losses[0]
    last = re.findall(r"[a-z]+", text.splitlines()[-1])
    assert len({"the", "a", "is", "of", "to", "and", "in", "it"} & set(last)) >= 2


def test_the_model_reads_prose_and_no_code(lesson):
    with pytest.raises(BoxError, match="too few lessons"):
        training.text()
    words = "A column met a row, and both were stretched. "
    code = "# Title\n\n```python\nsecret_name = 1\n```\n\n$$x^2$$"
    Lesson.objects.update(source=f"{code} {words * 900} [a link](https://x.y) $q$\n")
    found = training.text()
    assert "stretched. a column" in found
    assert "a link" in found
    for gone in ("secret", "title", "https", "x2", "$", "#"):
        assert gone not in found
