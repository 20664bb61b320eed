"""Grading alone: source in hand to verdict, warm and cold, and the same calls without any of it.

`Bench` holds what all cases share: one exercise, its expected values, one pool and a right answer.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from grader.exercise.folder import Exercise, load
from grader.grading.expected import FolderStore, compute, public_seeds
from grader.grading.session import Graded, Job, grade
from grader.sandbox.box import Backend
from grader.sandbox.cells import CellEnd
from grader.sandbox.choose import choose_backend, prepare
from grader.sandbox.drive import Drive
from grader.sandbox.pool import Pool
from grader.verdict import Kind, Verdict, Word

WARM = 3


class Bench:
    """One exercise on one back-end, with a pool that keeps boxes warm and one that keeps none."""

    def __init__(
        self, exercise: Exercise, backend: Backend, store: FolderStore, warm: Pool, cold: Pool
    ) -> None:
        self.exercise = exercise
        self.backend = backend
        self.store = store
        self.warm_pool = warm
        self.cold_pool = cold
        self.phases: list[Mapping[str, float]] = []

    def rest(self) -> None:
        """Wait until the pool is full again, as it is on a machine that is idle otherwise."""
        deadline = time.monotonic() + 30
        profile = str(self.exercise.profile)
        while self.warm_pool.metrics()["warm"].get(profile, 0) < WARM and time.monotonic() < deadline:
            time.sleep(0.01)

    @property
    def about(self) -> str:
        """What the name of a case says of it."""
        return f"{self.exercise.profile}, {self.backend.name}"

    def once(self) -> float:
        """Milliseconds of one grading as it comes, whether or not a box is warm."""
        return self._grade(self.warm_pool)[0]

    def warm(self) -> float:
        """Milliseconds from the source in hand to the verdict, with a warm box."""
        self.rest()
        milliseconds, verdict = self._grade(self.warm_pool)
        self.phases.append(verdict.phases)
        return milliseconds

    def cold(self) -> float:
        """The same with nothing pooled: the box is made while the learner waits."""
        return self._grade(self.cold_pool)[0]

    def _grade(self, pool: Pool) -> tuple[float, Verdict]:
        began = time.perf_counter()
        verdict, came = self._verdict(self.exercise.reference, pool)
        if verdict.word is not Word.PASSED:
            raise RuntimeError(f"the reference did not pass: {verdict.message}")
        return (came - began) * 1000, verdict

    def grade(self, source: str, pool: Pool) -> Verdict:
        """The verdict on any source."""
        return self._verdict(source, pool)[0]

    def _verdict(self, source: str, pool: Pool) -> tuple[Verdict, float]:
        """The verdict, and when it came: what follows, boxes that are ended, nobody waits for."""
        job = Job(exercise=self.exercise, source=source, kind=Kind.SUBMIT, seed_key=os.urandom(16))
        verdict, came = None, 0.0
        for event in grade(job, pool=pool, store=self.store):
            if isinstance(event, Graded):
                verdict, came = event.verdict, time.perf_counter()
        if verdict is None:
            raise RuntimeError("a grading ended without a verdict")
        return verdict, came

    def questions(self) -> str:
        """The exercise's questions as JSON: what travels, and the encoded inputs and expected values.

        On public seeds, as many as one submission is asked: what every other grader is given too.
        """
        asked = []
        digests = (self.exercise.grading_digest, self.backend.box_digest(self.exercise.profile))
        for probe in self.exercise.probes:
            cases = [self.store.get(*digests, probe.name, seed) for seed in public_seeds(probe)]
            asked.append(
                {
                    "name": probe.name,
                    "points": probe.points,
                    "ask": probe.ask_source,
                    "inputs": [base64.b64encode(case.inputs).decode() for case in cases if case],
                    "expected": [base64.b64encode(case.expected).decode() for case in cases if case],
                }
            )
        return json.dumps({"answer": self.exercise.reference, "probes": asked})

    def floor(self, times: int) -> list[float]:
        """The same calls in one loaded interpreter, with no message and no box between them.

        Authors' code runs in boxes only, so the loop and its clock are inside one box; its walls cost
        the calls nothing. This is the one figure here that a box tells us.
        """

        async def inside() -> str:
            box = await self.warm_pool.lease(self.exercise.profile)
            try:
                drive = Drive(box, output_kb=1024, on_output=None)
                await drive.limits(memory_mb=self.exercise.limits.memory_mb, seed=1)
                run = await drive.cell(_floor_source(self.questions(), times), deadline=120)
            finally:
                await box.kill()
            if run.end is not CellEnd.FINISHED or run.error is not None:
                raise RuntimeError(f"the floor could not be measured: {run.error or run.end}")
            return run.stdout

        return [float(line) * 1000 for line in self.warm_pool.run(inside()).split()]


def _floor_source(questions: str, times: int) -> str:
    """A cell that makes all calls `times` times and prints the seconds of each round."""
    return f"""
import base64, json, time, types, wire
_questions = json.loads({questions!r})
_answer = {{}}
exec(_questions["answer"], _answer)
_asks = []
for _probe in _questions["probes"]:
    _names = {{}}
    exec(_probe["ask"], _names)
    _asks.append((_names["ask"], [base64.b64decode(blob) for blob in _probe["inputs"]]))
for _ in range({times}):
    _began = time.perf_counter()
    for _ask, _blobs in _asks:
        for _blob in _blobs:
            _ask(types.SimpleNamespace(**_answer), wire.decode(_blob))
    print(time.perf_counter() - _began)
"""


@contextmanager
def bench(folder: Path, home: Path, sandbox: str | None, say: Callable[[str], None]) -> Iterator[Bench]:
    """Everything ready to measure one exercise: libraries, images and expected values there, boxes warm."""
    exercise = load(folder)
    prepare(exercise.profile, home, name=sandbox, progress=say)
    backend = choose_backend(sandbox, home=home)
    store = FolderStore(home / "bench")
    other = choose_backend(sandbox, home=home)  # a pool closes its back-end, so each has its own
    with Pool(backend, warm={exercise.profile: WARM}) as warm, Pool(other, warm={}) as cold:
        compute(exercise, warm, store)
        yield Bench(exercise, backend, store, warm, cold)
