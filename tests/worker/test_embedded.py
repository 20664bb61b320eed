"""`./run serve`: its processes live and end together, and one of them keeps the schedule of a folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.db.serving import migrated

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(seconds: float, true: Callable[[], object]) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


class Embedded:
    """What `./run serve` becomes, on a folder and a port."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.log = folder / f"{port}.log"
        environment = os.environ | {
            "VAR_DIR": str(folder),
            "PORT": str(port),
            "DATABASE_URL": "",
            "BROKER_URL": "",
            "SANDBOX": "bubblewrap",
            "SANDBOX_HOME": os.environ.get("SANDBOX_HOME") or str(ROOT / "var" / "sandbox"),
            "PYTHONPATH": "platform:.",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "zero_to_gpt.embedded"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def words(self) -> str:
        return self.log.read_text(errors="replace")

    def children(self) -> dict[str, int]:
        """Its processes by what they are: server, worker, beat; and any other by its program."""
        found = {}
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            with suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
                names = [
                    word for word in ("zero_to_gpt.server", "worker", "beat", "sandbox") if word in command
                ]
                found[names[0] if names else command[0]] = int(pid)
        return found

    def answers(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5).ok
        return False

    def ready(self) -> Embedded:
        assert until(60, lambda: self.answers() and "worker" in self.children()), self.words()
        return self


def lives(pid: int) -> bool:
    """Whether this process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated(tmp_path_factory.mktemp("embedded"), DATABASE_URL="")


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[..., Embedded]]:
    started: list[Embedded] = []

    def start(port: int = 0) -> Embedded:
        started.append(Embedded(folder, port or free_port()))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.terminate()
        each.process.wait(30)


def test_killing_it_ends_its_children_and_frees_its_port(serve: Callable[..., Embedded]) -> None:
    first = serve().ready()
    children = first.children()
    assert {"zero_to_gpt.server", "worker", "beat"} <= set(children)
    first.process.kill()
    first.process.wait()
    assert until(20, lambda: not any(map(lives, children.values()))), children
    assert serve(first.port).ready()


def test_a_dead_child_is_started_again_and_said(serve: Callable[..., Embedded]) -> None:
    site = serve().ready()
    before = site.children()
    for name in ("zero_to_gpt.server", "worker", "beat"):
        os.kill(before[name], signal.SIGKILL)
    assert until(30, lambda: set(before) - {"sandbox"} <= set(site.children()) and site.answers()), (
        site.words()
    )
    after = site.children()
    assert all(after[name] != before[name] for name in ("zero_to_gpt.server", "worker", "beat"))
    for name in ("web server", "worker", "schedule"):
        assert f"The {name} was ended by signal 9; it is started again in 1 s." in site.words()
    assert site.process.poll() is None


def test_a_taken_port_is_said_with_the_process_that_holds_it(serve: Callable[..., Embedded]) -> None:
    first = serve().ready()
    second = serve(first.port)
    assert second.process.wait(30) == 1
    (line,) = second.words().splitlines()
    assert line.startswith(f"Port {first.port} is taken by ")
    assert str(first.process.pid) in line
    assert f"PORT={first.port + 1} ./run" in line


def test_two_on_one_folder_have_one_schedule_which_the_second_takes_over(
    serve: Callable[..., Embedded],
) -> None:
    first, second = serve().ready(), None
    assert until(10, lambda: "beat" in first.children())
    second = serve().ready()
    time.sleep(1)
    assert "beat" not in second.children()
    assert f"The process {first.process.pid} serves the same folder and keeps its schedule." in second.words()
    first.process.terminate()
    first.process.wait(30)
    assert until(10, lambda: "beat" in second.children())
    assert "The schedule of this folder is kept here now." in second.words()


def test_a_polite_end_leaves_nothing_behind(serve: Callable[..., Embedded]) -> None:
    site = serve().ready()
    children = site.children()
    site.process.terminate()
    assert site.process.wait(30) == 0
    assert not any(map(lives, children.values()))
