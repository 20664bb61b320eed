"""A show for real: PyTorch in a box that yields, its curve, its pictures and its lines kept as they come."""

import threading
import time
from pathlib import Path

import pytest
from django.utils import timezone

from grader.sandbox import libraries
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend
from grader.sandbox.pool import Pool
from zero_to_gpt.shows import services, training
from zero_to_gpt.shows.models import Show

HOME = Path(__file__).resolve().parents[2] / "var" / "sandbox"
TEXT = "the slope of the loss is small, and the weights have found their place. " * 400


@pytest.fixture(scope="module")
def torch_pool():
    libraries.ensure(Profile.TORCH, HOME)
    with Pool(choose_backend("bubblewrap", home=HOME), warm={}) as pool:
        yield pool


@pytest.fixture
def show(transactional_db, monkeypatch):
    monkeypatch.setattr(training, "text", lambda: TEXT)
    Show.objects.create(lease_until=timezone.now() + services.LEASE)
    return services.claim()


def shorter(monkeypatch, tmp_path, steps):
    program = training.PROGRAM.read_text()
    assert "STEPS, BATCH" in program
    path = tmp_path / "tiny_gpt.py"
    path.write_text(program.replace("= 1500,", f"= {steps},", 1))
    monkeypatch.setattr(training, "PROGRAM", path)


def test_it_learns_and_tells(show, torch_pool, monkeypatch, tmp_path):
    shorter(monkeypatch, tmp_path, 25)
    training.run(show, torch_pool)
    show.refresh_from_db()
    assert (show.state, show.trouble) == (Show.State.ENDED, "")
    rows = list(show.told.values_list("seconds", "kind", "data"))
    losses = [data["metric"]["values"]["loss"] for _, kind, data in rows if kind == "metric"]
    assert losses[-1] < losses[0] - 0.3
    text = "".join(data["text"] for _, kind, data in rows if kind == "output")
    assert [int(line.partition("\t")[0]) for line in text.splitlines()] == [0, 25]
    (heat, *_) = [data["drawing"] for _, kind, data in rows if kind == "drawing"]
    cells = heat["rows"]
    assert not any(cells[row][column] for row in range(5) for column in range(row + 1, 5)), "it peeks ahead"
    assert [second for second, _, _ in rows] == sorted(second for second, _, _ in rows)


def test_what_goes_wrong_is_kept_with_its_reason(show, torch_pool, monkeypatch, tmp_path):
    path = tmp_path / "tiny_gpt.py"
    path.write_text("raise ValueError('no letters')\n")
    monkeypatch.setattr(training, "PROGRAM", path)
    training.run(show, torch_pool)
    show.refresh_from_db()
    assert (show.state, show.trouble) == (Show.State.FAILED, "no letters")


def test_a_worker_that_stops_ends_its_show(show, torch_pool, monkeypatch, tmp_path):
    path = tmp_path / "tiny_gpt.py"
    path.write_text("while True:\n    pass\n")
    monkeypatch.setattr(training, "PROGRAM", path)
    stopping = threading.Event()
    threading.Timer(1.5, stopping.set).start()
    began = time.monotonic()
    training.run(show, torch_pool, going_on=lambda: not stopping.is_set())
    show.refresh_from_db()
    assert show.state == Show.State.FAILED
    assert time.monotonic() - began < 60
