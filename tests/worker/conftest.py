"""A real Celery worker process with real bubblewrap boxes, on a course of one real exercise.

Everything is as `./run` starts it: threads, beat, filesystem broker, SQLite. Only the folder is new.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection

from grader.sandbox import libraries
from grader.sandbox.box import Profile
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.catalog.publishing import import_course
from zero_to_gpt.celery import app, broker_url, transport_options

ROOT = Path(__file__).resolve().parents[2]
EXERCISE = ROOT / "exercises" / "01-maths" / "01-slope-at"
LESSON = """# Slopes

A sum:

```python
print(40 + 2)
```
"""


@pytest.fixture
def var(tmp_path):
    """The folder of broker and secret that this process and the worker share."""
    var = tmp_path / "var"
    var.mkdir(mode=0o700)
    (var / "secret").write_text(settings.SECRET_KEY)
    return var


@pytest.fixture(autouse=True)
def rings(var, monkeypatch):
    """The real bell, in that folder."""
    bell = Celery("bell", broker=broker_url("filesystem://"), set_as_current=False)
    bell.conf.broker_transport_options = transport_options("filesystem://", var)
    bell.conf.task_queues = app.conf.task_queues
    monkeypatch.setattr("zero_to_gpt.submissions.bell.app", bell)
    yield bell
    bell.close()


@pytest.fixture
def exercise(transactional_db, tmp_path):
    """One exercise and one lesson, imported; their values and outputs are the worker's business."""
    module = tmp_path / "course" / "01-maths"
    shutil.copytree(EXERCISE, module / EXERCISE.name)
    (module.parent / "course.toml").write_text('title = "Slopes"\nmodules = ["01-maths"]\n')
    (module / "module.toml").write_text(
        f'title = "Slopes"\n[[lessons]]\nfile = "slope.md"\nexercises = ["{EXERCISE.name}"]\n'
    )
    (module / "slope.md").write_text(LESSON)
    report = import_course(module.parent)
    assert report.errors == []
    return Exercise.objects.published().get()


@pytest.fixture
def right(exercise):
    return exercise.revisions.get().files["reference.py"]


class Worker:
    """One worker process and its log."""

    def __init__(self, var: Path, slots: int, gpu: str = "") -> None:
        self.log = var / ("gpu-worker.log" if gpu else "worker.log")
        command = [
            "-A",
            "zero_to_gpt",
            "worker",
            "-P",
            "threads",
            "-c",
            str(slots),
            *(["-Q", "gpu"] if gpu else ["-B", "-Q", "cpu,regrade,authors"]),
        ]
        environment = {
            "PYTHONPATH": "platform:.",
            "VAR_DIR": str(var),
            "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
            "SANDBOX": "bubblewrap",
            "SANDBOX_HOME": str(settings.SANDBOX_HOME),
            "LEASE_SECONDS": "3",
            "WARM_BOXES": "1",
            "GPU": gpu,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", *command, "-l", "info"],
                cwd=ROOT,
                env=os.environ | environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def until(self, what, true, *, seconds=60.0):
        """What `true` returns as soon as it is true; fails with the worker's last words."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = true()
            if found:
                return found
            assert self.process.poll() is None, f"the worker ended: {self.said[-3000:]}"
            time.sleep(0.05)
        raise AssertionError(f"{what} did not happen within {seconds} s: {self.said[-3000:]}")

    def children(self) -> set[int]:
        """All processes under the worker, found by their parents."""
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
        found: set[int] = set()
        waiting = [self.process.pid]
        while waiting:
            for child in parents.get(waiting.pop(), []):
                found.add(child)
                waiting.append(child)
        return found

    def kill(self) -> None:
        """As the kernel does when memory runs out: this process, at once, and no other."""
        self.process.kill()
        self.process.wait(timeout=30)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)


@pytest.fixture
def start_worker(exercise, var):
    """`start_worker()` starts one with two slots; all are stopped before the test's rows go."""
    libraries.ensure(Profile.NUMPY, settings.SANDBOX_HOME)
    started: list[Worker] = []

    def start(slots: int = 2, gpu: str = "") -> Worker:
        started.append(Worker(var, slots, gpu))
        return started[-1]

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.stop()


@pytest.fixture
def opened(exercise):
    """Waits until a worker has opened the exercise; returns that worker."""

    def wait(worker: Worker) -> Worker:
        worker.until("opening the exercise", lambda: Exercise.objects.get(pk=exercise.pk).ready)
        return worker

    return wait


@pytest.fixture
def worker(start_worker, opened):
    return opened(start_worker())
