"""One pool per back-end for the whole run. A back-end that cannot be built here fails its tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox.box import Box, Limits, Profile
from grader.sandbox.cells import CellRun
from grader.sandbox.choose import choose_backend, prepare
from grader.sandbox.drive import Drive
from grader.sandbox.pool import Pool
from sandbox_images.inside import wire

HOME = Path(__file__).resolve().parents[2] / "var" / "sandbox"
MODES = ("docker", "container", "bubblewrap", "bubblewrap-single")
ENGINE = {"docker", "container"}


def marked(*modes: str) -> list[object]:
    kinds = {True: pytest.mark.container, False: pytest.mark.bubblewrap}
    return [pytest.param(mode, marks=kinds[mode in ENGINE]) for mode in modes]


class Use:
    """What a test does with boxes, in words: cells, probes, one leased box at a time or several."""

    def __init__(self, pool: Pool, mode: str) -> None:
        self.pool = pool
        self.mode = mode

    def box(self, profile: Profile = Profile.NUMPY, limits: Limits | None = None) -> Box:
        return self.pool.run(self.pool.lease(profile, limits))

    def drive(
        self, box: Box, *, output_kb: int = 256, memory_mb: int = 256, seed: int = 1, on_output: object = None
    ) -> Drive:
        drive = Drive(box, output_kb=output_kb, on_output=on_output)  # type: ignore[arg-type]
        self.pool.run(drive.limits(memory_mb=memory_mb, seed=seed))
        return drive

    def fresh(self, profile: Profile = Profile.NUMPY, **settings: object) -> Drive:
        return self.drive(self.box(profile), **settings)  # type: ignore[arg-type]

    def cell(self, drive: Drive, source: str, deadline: float = 10) -> CellRun:
        return self.pool.run(drive.cell(source, deadline=deadline))

    def ask(
        self, drive: Drive, source: str, *inputs: object, pure: bool = True, deadline: float = 10
    ) -> CellRun:
        blobs = [wire.encode(given) for given in inputs]
        return self.pool.run(drive.probe(source, blobs, pure=pure, deadline=deadline))

    def once(self, source: str, deadline: float = 10, **settings: object) -> CellRun:
        """One cell in a box of its own, destroyed afterwards."""
        drive = self.fresh(**settings)  # type: ignore[arg-type]
        try:
            return self.cell(drive, source, deadline)
        finally:
            self.pool.run(drive.box.kill())

    def healthy(self) -> None:
        """The next learner's box works as if nothing had happened."""
        run = self.once("print(sum(range(10)))")
        assert (run.ok, run.stdout) == (True, "45\n")


@pytest.fixture(scope="session")
def prepared() -> None:
    prepare(Profile.NUMPY, HOME, name="container")


@pytest.fixture(scope="session", params=marked(*MODES))
def use(request: pytest.FixtureRequest, prepared: None) -> Iterator[Use]:
    with Pool(choose_backend(request.param, home=HOME), warm={}) as pool:
        yield Use(pool, request.param)
