"""Nothing hostile gains a point, sees an answer, harms the host or disturbs the next learner."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.exercise.folder import Exercise, load
from grader.grading.expected import FolderStore, compute
from grader.grading.session import Graded, Job, draw_seeds, grade
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend
from grader.sandbox.pool import Pool
from grader.verdict import Kind, Verdict, Word
from sandbox_images.inside import wire
from tests.boxes.conftest import HOME, marked
from tests.boxes.hostile.submissions import Submission, every
from tests.boxes.test_pool import running, until

CANARY = "ZG-CANARY-" + "7f3a91c2"
HONEST = "def double(x):\n    return x + x\n"
MOST_GROWTH_MB = 160
ONE_FOR_EACH_WALL = {
    "become_root",
    "daemon",
    "descriptors",
    "fill_tmp",
    "forged_shape",
    "fork_bomb",
    "infinite_loop",
    "kill_everybody",
    "memory_children",
    "memory_list",
    "network",
    "new_namespace",
    "output_flood",
    "patch_comparisons",
    "read_the_host",
    "search_memory",
    "system_calls",
    "write_elsewhere",
}
"""What is tried also where one box is one container or one bubblewrap sandbox: each wall once."""


class Grading:
    """The real grader over one pool."""

    def __init__(self, pool: Pool, exercise: Exercise, store: FolderStore) -> None:
        self.pool = pool
        self.exercise = exercise
        self.store = store

    def verdict(self, source: str) -> tuple[Verdict, str]:
        """The verdict, and everything that a learner was shown on the way to it."""
        events = list(grade(self.job(source), pool=self.pool, store=self.store))
        last = events[-1]
        assert isinstance(last, Graded)
        shown = [event.data for event in events] + [last.verdict.for_learner()]
        return last.verdict, json.dumps(shown)

    def job(self, source: str) -> Job:
        return Job(exercise=self.exercise, source=source, kind=Kind.SUBMIT, seed_key=b"hostile")

    def hidden_numbers(self) -> list[str]:
        """What the hidden inputs are made of, as a learner could print it."""
        probe = next(probe for probe in self.exercise.probes if not probe.visible)
        digest = self.pool.backend.box_digest(self.exercise.profile)
        numbers: list[str] = []
        for seed in draw_seeds(self.job(HONEST), probe):
            case = self.store.get(self.exercise.grading_digest, digest, probe.name, seed)
            assert case is not None
            for number in wire.decode(case.inputs)["x"].ravel().tolist():
                numbers += [repr(number)[:12], str(int(number * 1e6))]
        return numbers


@pytest.fixture(scope="module")
def opened(
    request: pytest.FixtureRequest, prepared: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grading]:
    exercise = load(Path(__file__).parent / "exercise")
    store = FolderStore(tmp_path_factory.mktemp("expected"))
    with Pool(choose_backend(request.param, home=HOME), warm={Profile.NUMPY: 2}) as pool:
        compute(exercise, pool, store)
        yield Grading(pool, exercise, store)


def memory_mb(field: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise AssertionError(field)


@pytest.mark.parametrize("submission", every(), ids=lambda submission: submission.name)
@pytest.mark.parametrize("opened", marked("docker", "bubblewrap"), indirect=True)
def test_hostile(opened: Grading, submission: Submission) -> None:
    nothing_succeeds(opened, submission)


@pytest.mark.parametrize(
    "submission", [s for s in every() if s.name in ONE_FOR_EACH_WALL], ids=lambda s: s.name
)
@pytest.mark.parametrize("opened", marked("container", "bubblewrap-single"), indirect=True)
def test_hostile_in_a_box_without_a_jail(opened: Grading, submission: Submission) -> None:
    nothing_succeeds(opened, submission)


def test_every_wall_has_its_submission() -> None:
    assert {submission.name for submission in every()} >= ONE_FOR_EACH_WALL


def nothing_succeeds(grading: Grading, submission: Submission) -> None:
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = memory_mb("VmRSS")
    verdict, shown = grading.verdict(submission.source)
    grown = memory_mb("VmHWM") - before

    assert verdict.word in submission.must, (verdict.word, verdict.message, verdict.error, verdict.probes)
    assert verdict.points == (5 if verdict.word is Word.PASSED else 0)
    for secret in (CANARY, "FOUND", "<script", "onload=", *grading.hidden_numbers()):
        assert secret not in shown
    assert shown.count("SEEN") <= 2 * 2  # two visible inputs, in the events and in the verdict
    assert len(shown) < 2_000_000
    assert grown < MOST_GROWTH_MB

    began = time.monotonic()
    after, _ = grading.verdict(HONEST)
    assert after.word is Word.PASSED
    assert time.monotonic() - began < 20
    until(lambda: not running("zg-leftover"), 5)
