"""The same exercise for others: `docker run` per submission, nbgrader and otter-grader from PyPI.

Each is a process that stays alive, prepares once, and grades the same answer whenever a line arrives;
its own start is not counted, which favours it. nbgrader and otter-grader execute the submission and
compare inside one unprotected process; `docker run` has a wall like ours, made anew each time.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.bench.alone import Bench
from grader.bench.measure import ROOT, Unmeasurable
from grader.sandbox.engine import image_tag

PEERS = {"nbgrader": "nbgrader==0.9.6", "otter-grader": "otter-grader==7.0.0"}
Say = Callable[[str], None]


def peers_python(home: Path, say: Say) -> Path:
    """The Python of a scratch environment with both peers and this machine's numpy; made once."""
    python = home / "venv" / "bin" / "python"
    done = home / "installed"
    wanted = "\n".join([*PEERS.values(), "numpy==2.4.6"])
    if done.exists() and done.read_text() == wanted:
        return python
    say("installing nbgrader and otter-grader into var/bench (about a minute, 700 MB)")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
    command = [str(python), "-m", "pip", "install", "-q", *wanted.split()]
    pip = subprocess.run(command, check=False, capture_output=True, text=True)
    if pip.returncode != 0:
        raise Unmeasurable(
            f"peers could not be installed: {(pip.stderr.strip().splitlines() or ['pip'])[-1]}"
        )
    done.write_text(wanted)
    return python


class Peer:
    """A grader in a process of its own: `grade` sends it one submission and waits for its verdict."""

    def __init__(self, command: list[str], folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)  # a gradebook of another exercise, for one
        folder.mkdir(parents=True)
        self.log = (folder / "log").open("wb")
        inside = str(ROOT / "sandbox_images" / "inside")  # the questions are in our wire format
        environment = os.environ | {"PYTHONPATH": inside, "PYTHONWARNINGS": "ignore", "HOME": str(folder)}
        # Its own Python first: nbgrader starts its kernel by the name `python3`.
        environment["PATH"] = f"{Path(command[0]).parent}:{environment['PATH']}"
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            bufsize=1,
        )
        self.folder = folder

    def ask(self, line: str) -> str:
        sent, answered = self.process.stdin, self.process.stdout
        if sent is None or answered is None:
            return ""
        try:
            sent.write(line + "\n")
            sent.flush()
        except BrokenPipeError:
            return ""
        return answered.readline().strip()

    def grade(self) -> float:
        """Milliseconds from the submission in hand to its verdict."""
        began = time.perf_counter()
        answer = self.ask("grade")
        milliseconds = (time.perf_counter() - began) * 1000
        if answer != "passed":
            words = (self.folder / "log").read_text(errors="replace").strip().splitlines()
            raise Unmeasurable(f"it did not pass the reference: {answer} {words[-1] if words else ''}")
        return milliseconds

    def close(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.log.close()


@contextmanager
def peer(name: str, bench: Bench, home: Path, say: Say) -> Iterator[Peer]:
    """nbgrader or otter-grader, prepared for the exercise."""
    python = peers_python(home, say)
    driver = Path(__file__).with_name("peer_driver.py")
    opened = Peer([str(python), str(driver), name], home / name)
    try:
        if opened.ask(bench.questions()) != "ready":
            raise Unmeasurable(f"{name} could not prepare the exercise; see {home / name / 'log'}")
        yield opened
    finally:
        opened.close()


DOCKER_ANSWER = """
import base64, json, sys, types
sys.path[:0] = ["/box/inside", "/box/libraries"]
import wire
questions = json.load(sys.stdin)
answer = {}
exec(questions["answer"], answer)
values = []
for probe in questions["probes"]:
    names = {}
    exec(probe["ask"], names)
    for blob in probe["inputs"]:
        inputs = wire.decode(base64.b64decode(blob))
        value = names["ask"](types.SimpleNamespace(**answer), inputs)
        values.append(base64.b64encode(wire.encode(value)).decode())
json.dump(values, sys.stdout)
"""


def docker_run(bench: Bench) -> Callable[[], float]:
    """One hardened `docker run` per submission: the usual way to isolate, on our own image."""
    image = image_tag(bench.exercise.profile)
    found = subprocess.run(["docker", "image", "inspect", image], check=False, capture_output=True)
    if found.returncode != 0:
        raise Unmeasurable(
            "no Docker engine with our image: SANDBOX=container python -m grader sandbox --prepare"
        )
    walls = ["--network", "none", "--read-only", "--cap-drop", "ALL", "--user", "65534", "--memory", "512m"]
    walls += ["--security-opt", "no-new-privileges", "--pids-limit", "64", "--tmpfs", "/tmp"]  # noqa: S108
    command = ["docker", "run", "--rm", "-i", *walls, image, "python3", "-c", DOCKER_ANSWER]
    questions = bench.questions()
    expected = [blob for probe in json.loads(questions)["probes"] for blob in probe["expected"]]

    def grade() -> float:
        began = time.perf_counter()
        done = subprocess.run(command, input=questions, check=False, capture_output=True, text=True)
        milliseconds = (time.perf_counter() - began) * 1000
        if done.returncode != 0 or len(json.loads(done.stdout)) != len(expected):
            raise Unmeasurable(f"docker run failed: {done.stderr.strip()[-200:]}")
        return milliseconds

    return grade
