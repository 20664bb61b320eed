"""The Docker engine dies: what runs goes on, what cannot be made is refused with the reason, and it heals.

The engine that is killed here is one of this file's own, with folders of its own; the one that everything
else uses is only asked for an image.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest

from grader.sandbox.box import BoxError, Profile
from grader.sandbox.choose import choose_backend
from grader.sandbox.client import Drive
from grader.sandbox.engine import KEPT_OLDER, REPOSITORY, Engine, claim_of, ensure_image, image_tag
from grader.sandbox.pool import Pool
from tests.boxes.conftest import HOME
from tests.boxes.test_pool import children_of, until, warm

pytestmark = [
    pytest.mark.container,
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
    ),
]


class OwnEngine:
    """A dockerd, started and killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"unix://{folder}/docker.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["dockerd", "-H", self.address, "--bridge=none", "--iptables=false", "--ip6tables=false"]
        command += [f"--data-root={self.folder}/data", f"--exec-root={self.folder}/exec"]
        for pid in ("pid", "exec/containerd/containerd.pid"):  # whoever has that number now is not it
            (self.folder / pid).unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, f"--pidfile={self.folder}/pid"], stdout=log, stderr=log, start_new_session=True
            )
        until(lambda: self.command("info").returncode == 0, 60)

    def command(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["docker", "-H", self.address, *words], capture_output=True, check=False)

    def kill(self) -> None:
        """`kill -9` of the engine and of its containerd; containers have parents of their own. Idempotent."""
        if self.process is None or self.process.poll() is not None:
            return
        for pid in [self.process.pid, *children_of(self.process.pid)]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def engine(prepared: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnEngine]:
    assert os.geteuid() == 0, "to start an engine of its own, this test needs root"
    with tempfile.TemporaryDirectory(prefix="zg-engine-", ignore_cleanup_errors=True) as name:
        engine = OwnEngine(Path(name))
        try:
            engine.start()
            load = ["docker", "-H", engine.address, "load"]
            with subprocess.Popen(
                ["docker", "save", image_tag(Profile.NUMPY)], stdout=subprocess.PIPE
            ) as save:
                subprocess.run(load, stdin=save.stdout, check=True, capture_output=True)
            assert save.returncode == 0
            monkeypatch.setenv("DOCKER_HOST", engine.address)
            yield engine
        finally:
            engine.kill()  # containers end with our side of their sockets, their parents with this:
            subprocess.run(["pkill", "-9", "-f", f"containerd-shim.*{name}/"], check=False)
            for line in reversed(Path("/proc/mounts").read_text().splitlines()):
                if f" {name}/" in line:
                    subprocess.run(["umount", "-l", line.split()[1]], check=False)
            shutil.rmtree(name, ignore_errors=True)
            gc.collect()  # sockets that the client library leaves open when nobody answers, here and now


def says(pool: Pool, what: str) -> str:
    box = pool.run(pool.lease(Profile.NUMPY))
    try:
        return pool.run(Drive(box, output_kb=64).cell(f"print({what!r})", deadline=10)).stdout
    finally:
        pool.run(box.kill())


def test_what_runs_goes_on_without_its_engine_and_all_is_well_when_it_is_back(engine: OwnEngine) -> None:
    with Pool(choose_backend("docker", home=HOME), warm={Profile.NUMPY: 2}) as pool:
        until(lambda: warm(pool) == 2)
        working = pool.run(pool.lease(Profile.NUMPY))
        drive = Drive(working, output_kb=64)
        engine.kill()
        assert pool.run(drive.cell("print('still here')", deadline=10)).stdout == "still here\n"
        pool.run(working.kill())
        for number in range(4):  # more than were warm: the zygote makes jails without its engine
            assert says(pool, f"jail {number}") == f"jail {number}\n"

        zygote = pool.backend._zygotes[Profile.NUMPY]  # type: ignore[attr-defined]
        pool.run(zygote.close())
        until(lambda: not pool.metrics()["warm"]["numpy"])
        began = time.monotonic()
        with pytest.raises(BoxError, match="no Docker engine answers"):
            says(pool, "nothing weaker")
        assert time.monotonic() - began < 40
        assert any("no Docker engine answers" in reason for reason in pool.metrics()["refusals"])

        engine.start()
        until(lambda: warm(pool) >= 2, 60)
        assert says(pool, "again") == "again\n"
        engine.kill()
    assert not pool.metrics()["leased"]


def test_a_container_each_is_refused_while_the_engine_is_away(engine: OwnEngine) -> None:
    with Pool(choose_backend("container", home=HOME), warm={Profile.NUMPY: 1}) as pool:
        assert says(pool, "first") == "first\n"
        until(lambda: warm(pool) == 1)
        working = pool.run(pool.lease(Profile.NUMPY))
        engine.kill()
        drive = Drive(working, output_kb=64)
        assert pool.run(drive.cell("print('still here')", deadline=10)).stdout == "still here\n"
        with pytest.raises(BoxError, match="no Docker engine answers"):
            says(pool, "nothing weaker")
        engine.start()
        until(lambda: warm(pool) >= 1, 60)
        assert says(pool, "again") == "again\n"


def test_only_the_newest_of_ones_own_older_images_is_kept(prepared: None, tmp_path: Path) -> None:
    """Another deployment on the same engine keeps its images, and so does nobody's."""
    client = docker.from_env()
    image = client.images.get(image_tag(Profile.NUMPY))
    ours, theirs = claim_of(tmp_path / "ours"), claim_of(tmp_path / "theirs")
    digests = [f"gpu-{number:016x}-{number:016x}" for number in range(6)]
    mine, shared, foreign, unclaimed = digests[:3], digests[3], digests[4], digests[5]
    other = "gpux-" + digests[0].removeprefix("gpu-")
    claims = [f"{digest}-{ours}" for digest in [*mine, shared]]
    claims += [f"{digest}-{theirs}" for digest in (shared, foreign)]
    made = [*digests, other, *claims]
    try:
        for tag in made:
            image.tag(REPOSITORY, tag)
        with closing(Engine()) as engine:
            engine.remove_older(Profile.GPU, tmp_path / "ours")
        tags = {tag.partition(":")[2] for image in client.images.list(REPOSITORY) for tag in image.tags}
        kept = [digest for digest in [*mine, shared] if f"{digest}-{ours}" in tags]
        assert len(kept) == KEPT_OLDER == 1
        assert {digest for digest in mine if digest in tags} == set(kept) - {shared}
        assert {shared, f"{shared}-{theirs}", foreign, f"{foreign}-{theirs}", unclaimed, other} <= tags
        assert image_tag(Profile.NUMPY).partition(":")[2] in tags
    finally:
        for tag in made:
            if client.images.list(f"{REPOSITORY}:{tag}"):
                client.images.remove(f"{REPOSITORY}:{tag}")
        client.close()


def test_an_image_that_is_there_is_claimed_by_every_home_that_wants_it(
    prepared: None, tmp_path: Path
) -> None:
    client = docker.from_env()
    claim = f"{image_tag(Profile.NUMPY)}-{claim_of(tmp_path)}"
    try:
        assert ensure_image(Profile.NUMPY, tmp_path) == image_tag(Profile.NUMPY)
        assert claim in client.images.get(image_tag(Profile.NUMPY)).tags
    finally:
        client.images.remove(claim)
        client.close()
