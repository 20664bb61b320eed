"""Submit to verdict through everything: web, queue, worker, box, comparison, database, stream.

A server set of its own (temporary folder, own port, own database) is started as `./run` starts it, with
a course of one exercise; then a client of the API submits, one at a time, and reads the event stream.
This package knows no Django: it only starts the project's commands and speaks HTTP.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.bench.measure import ROOT, Unmeasurable

READY_SECONDS = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def one_exercise_course(exercise: Path, folder: Path) -> None:
    """A course folder that holds one lesson of one line and the one exercise."""
    module = folder / exercise.parent.name
    module.mkdir(parents=True)
    shutil.copytree(exercise, module / exercise.name)
    (folder / "course.toml").write_text(f'title = "Bench"\nsummary = ""\nmodules = ["{module.name}"]\n')
    (module / "bench.md").write_text("# Bench\n\nOne exercise.\n")
    (module / "module.toml").write_text(
        f'title = "Bench"\nsummary = ""\n[[lessons]]\nfile = "bench.md"\nexercises = ["{exercise.name}"]\n'
    )
    manifest = module / exercise.name / "exercise.toml"
    lines = [line for line in manifest.read_text().splitlines() if not line.startswith("requires")]
    manifest.write_text("\n".join(lines) + "\n")


class Client:
    """One signed-in learner with two connections: one for requests, one for the stream."""

    def __init__(self, port: int, email: str, password: str) -> None:
        self.port = port
        self.requests = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.token = ""
        self.token = self.call("POST", "/api/v1/token", {"email": email, "password": password})["token"]

    def call(self, method: str, path: str, data: Any = None) -> Any:
        body = None if data is None else json.dumps(data)
        self.requests.request(method, path, body, self._headers() | {"Content-Type": "application/json"})
        response = self.requests.getresponse()
        text = response.read()
        if response.status >= 400:
            raise Unmeasurable(
                f"{method} {path} answered {response.status}: {text[:200].decode(errors='replace')}"
            )
        return json.loads(text)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def submit(self, exercise: str, source: str) -> tuple[float, float, dict[str, Any]]:
        """Milliseconds from the POST to its answer and to the verdict's event, and the submission."""
        began = time.perf_counter()
        job = {
            "exercise": exercise,
            "source": source,
            "kind": "submit",
            "idempotency_key": secrets.token_hex(16),
        }
        number = self.call("POST", "/api/v1/submissions", job)["id"]
        accepted = (time.perf_counter() - began) * 1000
        stream = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        stream.request("GET", f"/api/v1/submissions/{number}/events", headers=self._headers())
        response = stream.getresponse()
        while line := response.readline():
            if line.strip() == b"event: graded":
                seen = (time.perf_counter() - began) * 1000
                stream.close()
                return accepted, seen, self.call("GET", f"/api/v1/submissions/{number}")
        stream.close()
        raise Unmeasurable("the event stream ended without a verdict")


class Stack:
    """Web and worker, running."""

    def __init__(self, port: int, client: Client, staff: Client, exercise: str) -> None:
        self.port = port
        self.client = client
        self.staff = staff
        self.exercise = exercise


def _environment(folder: Path, port: int, sandbox: str, home: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": "platform:.",
        "VAR_DIR": str(folder),
        "SANDBOX_HOME": str(home.resolve()),
        "SANDBOX": sandbox,
        "PORT": str(port),
        "SUBMITS_PER_MINUTE": "1000000",
        "SLOTS": "2",
        "WARM_BOXES": "4",
        "LOG_LEVEL": "WARNING",
    }


@contextmanager
def stack(exercise: Path, sandbox: str, home: Path) -> Iterator[Stack]:
    """A server set for one exercise, ready to grade it; everything is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="zg-bench-") as name:
        folder = Path(name)
        course, var = folder / "course", folder / "var"
        one_exercise_course(exercise, course)
        var.mkdir(mode=0o700)
        port = free_port()
        environment = _environment(var, port, sandbox, home)
        for words in (["migrate", "--verbosity", "0"], ["import_curriculum", str(course)], ["demo"]):
            _manage(words, environment)
        people = {person["role"]: person for person in json.loads((var / "demo-signins.json").read_text())}
        web = ["-m", "zero_to_gpt.server", "--port", str(port)]
        worker = ["-m", "celery", "-A", "zero_to_gpt", "worker", "-P", "threads", "-c", "2", "-B"]
        with (folder / "log").open("wb") as log:
            running = [
                subprocess.Popen(
                    [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log
                )
                for command in (web, [*worker, "-Q", "cpu,regrade,authors", "-l", "warning"])
            ]
            try:
                named = f"{exercise.parent.name}/{exercise.name}"
                student = people["student"]
                client = _when_ready(port, student["email"], student["password"], named)
                admin = people["admin"]
                yield Stack(port, client, Client(port, admin["email"], admin["password"]), named)
            finally:
                for process in running:
                    process.terminate()
                for process in running:
                    try:
                        process.wait(timeout=30)
                    except subprocess.TimeoutExpired:
                        process.kill()


def _manage(words: list[str], environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unmeasurable(f"manage.py {words[0]} failed: {done.stderr.strip()[-300:]}")


def _when_ready(port: int, email: str, password: str, exercise: str) -> Client:
    """A client, once the server answers and the exercise's expected values are there."""
    deadline = time.monotonic() + READY_SECONDS
    client = None
    last = "the web server does not answer"
    while time.monotonic() < deadline:
        time.sleep(0.2)
        try:
            client = client or Client(port, email, password)
            exercises = client.call("GET", "/api/v1/exercises")
        except OSError as error:
            last = f"the web server does not answer: {error}"
            continue
        if any(known["name"] == exercise and known["ready"] for known in exercises):
            return client
        last = f"{exercise} did not become ready"
    raise Unmeasurable(last)
