"""What the tests on real servers share: they refuse to run on anything else, and nothing is faked.

Started by `./run test services`, which is `python -m tests.services.servers pytest tests/services tests/db`:
the whole suite of tests/db runs on PostgreSQL too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from grader.bench.through import one_exercise_course
from grader.sandbox import libraries
from grader.sandbox.box import Profile
from tests.house.repository import ROOT
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.catalog.publishing import import_course

EXERCISE = "01-maths/01-slope-at"
PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def rings() -> None:
    """The bell is real here: what tests/conftest.py records instead of ringing, Redis gets."""


@pytest.fixture(autouse=True, scope="session")
def real_servers() -> None:
    engine = settings.DATABASES["default"]["ENGINE"]
    if engine != "django.db.backends.postgresql" or not settings.BROKER_URL.startswith("redis"):
        pytest.fail("no PostgreSQL and Redis here: start these tests with ./run test services")


def until(what: str, is_there: Callable[[], bool], meanwhile: Callable[[], None]) -> None:
    """Wait for something, looking meanwhile whether it can still come. Fails with its name."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_there():
        meanwhile()
        assert time.monotonic() < deadline, f"{what} did not come within {PATIENCE_SECONDS} s"
        time.sleep(0.05)


class Worker:
    """A real `celery worker` process on the test's database, and its words."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700)
        self.log = folder / "log"
        # Servers' addresses are this run's; the database is the one that pytest-django made for the tests.
        database = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{connection.settings_dict['NAME']}"
        environment = os.environ | {
            "PYTHONPATH": "platform:.",
            "DATABASE_URL": database,
            "VAR_DIR": str(folder),
            "SANDBOX_HOME": str(settings.SANDBOX_HOME),
            "SECRET_KEY": settings.SECRET_KEY,
            "LEASE_SECONDS": "3",
        }
        command = [
            "celery",
            "-A",
            "zero_to_gpt",
            "worker",
            "-P",
            "threads",
            "-c",
            "2",
            "-B",
            "-n",
            f"{name}@%h",
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command, "-Q", "cpu,regrade,authors", "-l", "info"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def is_alive(self) -> None:
        assert self.process.poll() is None, self.log.read_text(errors="replace")[-3000:]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=30)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)


@pytest.fixture
def start_worker(transactional_db, tmp_path) -> Iterator[Callable[[str], Worker]]:
    """`start_worker("one")` starts one; all are stopped before the test's rows are deleted."""
    libraries.ensure(Profile.NUMPY, settings.SANDBOX_HOME)
    started: list[Worker] = []

    def start(name: str) -> Worker:
        started.append(Worker(tmp_path / name, name))
        return started[-1]

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.stop()


@pytest.fixture
def slope(transactional_db, course, tmp_path) -> Exercise:
    """A course of one real exercise, imported; its expected values are the worker's business."""
    folder = tmp_path / "course"
    one_exercise_course(ROOT / "exercises" / EXERCISE, folder)
    report = import_course(folder)
    assert report.errors == []
    return Exercise.objects.get(name=EXERCISE)
