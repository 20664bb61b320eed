"""A box that ends with its ring, or because somebody outside ended it, is not its learner's fault."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.sandbox.box import BoxError, Death
from grader.sandbox.choose import choose_backend
from grader.sandbox.client import CellEnd
from grader.sandbox.engine import LABEL
from grader.sandbox.owners import mine
from grader.sandbox.pool import Pool
from tests.boxes.conftest import HOME, Use
from tests.boxes.test_pool import children_of, running, until

NAMED = "import ctypes\nctypes.CDLL(None).prctl(15, b'{name}', 0, 0, 0)\nwhile True: pass"
FAKED = {
    "exit status of a kill": "import os\nos._exit(137)",
    "the same, longer": "import os, ctypes\nctypes.CDLL(None).syscall(231, 256 + 137)\nos._exit(1)",
    "kill itself": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\nos._exit(1)",
    "kill its parent": "import os, signal\n"
    "try: os.kill(os.getppid(), signal.SIGKILL)\n"
    "except OSError: pass\nos._exit(1)",
    "no time left": "import os, resource\n"
    "try: resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n"
    "except (OSError, ValueError): os._exit(1)\n"
    "while True: pass",
    "the death of its parent": "import os, ctypes\nctypes.CDLL(None).prctl(1, 9, 0, 0, 0)\n"
    "if os.fork(): os._exit(1)",
}


@pytest.fixture
def own(request: pytest.FixtureRequest, prepared: None) -> Iterator[Use]:
    """A pool of this test's own: what is around its boxes dies."""
    with Pool(choose_backend(request.param, home=HOME), warm={}) as pool:
        yield Use(pool, request.param)


@pytest.mark.parametrize("source", FAKED.values(), ids=FAKED)
def test_no_code_in_a_box_can_make_its_end_look_like_ours(use: Use, source: str) -> None:
    drive = use.fresh()
    run = use.cell(drive, source, deadline=4)
    assert run.end is CellEnd.DIED
    assert drive.box.death() in (Death.EXITED, Death.SIGNALLED)


def kill_container(_: str) -> None:
    command = ["docker", "ps", "-q", "--filter", f"label={LABEL}={mine()}"]
    for number in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split():
        subprocess.run(["docker", "kill", number], check=False, capture_output=True)


def kill_box(name: str) -> None:
    for pid in running(name):
        os.kill(int(pid), signal.SIGKILL)


def kill_parents(name: str) -> None:
    """The zygote or, where there is none, what waits for the box."""
    for pid in running(name):
        os.kill(int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]), signal.SIGKILL)


def kill_our_children(_: str) -> None:
    for pid in children_of(os.getpid()):
        if Path(f"/proc/{pid}/comm").read_text().strip() == "bwrap":
            os.kill(pid, signal.SIGKILL)


WAYS = [
    *(pytest.param(mode, kill_container, marks=pytest.mark.container) for mode in ("docker", "container")),
    *(pytest.param(mode, kill_parents, marks=pytest.mark.container) for mode in ("docker", "container")),
    pytest.param("docker", kill_box, marks=pytest.mark.container),
    *(pytest.param("bubblewrap", kill, marks=pytest.mark.bubblewrap) for kill in (kill_parents, kill_box)),
    *(
        pytest.param(mode, kill_our_children, marks=pytest.mark.bubblewrap)
        for mode in ("bubblewrap", "bubblewrap-single")
    ),
]


@pytest.mark.parametrize(("own", "kill"), WAYS, indirect=["own"])
def test_what_dies_around_a_box_is_a_fault_of_ours_and_the_next_box_is_well(
    own: Use, kill: Callable[[str], None]
) -> None:
    name = f"zg-lost-{os.getpid() % 10**6}"
    drive = own.fresh()

    def end() -> None:
        until(lambda: bool(running(name)))
        kill(name)

    killer = threading.Thread(target=end)
    killer.start()
    began = time.monotonic()
    with pytest.raises(BoxError, match="ended"):
        own.cell(drive, NAMED.format(name=name), deadline=60)
    killer.join()
    assert time.monotonic() - began < 45
    assert drive.box.death() is Death.LOST
    own.healthy()
