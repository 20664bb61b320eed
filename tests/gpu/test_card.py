"""A real card: what the fake layer can only pretend. Skipped, with a sentence, where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from grader.exercise.folder import Exercise, load
from grader.grading.author import authors
from grader.grading.expected import FolderStore, compute
from grader.grading.session import Graded, Job, grade
from grader.sandbox import trials
from grader.sandbox.box import Profile
from grader.sandbox.choose import prepare
from grader.sandbox.devices import DeviceFault, Lease, Slices, State, placed
from grader.sandbox.docker import Container
from grader.sandbox.pool import Pool
from grader.verdict import Verdict
from tests.gpu.conftest import EXERCISES, HOME

ROOT = EXERCISES.parents[2]
FIRST_OF_TORCH = ROOT / "exercises" / "09-craft" / "01-own-linear-module"
JOBS = 6

Tell = Callable[[str], None]


def test_the_inventory_names_slices_their_memory_and_the_driver(slices: Slices, tell: Tell) -> None:
    inventory = slices.devices.inventory()
    assert inventory.driver
    assert all(slice_.memory_mb > 1024 for slice_ in inventory.slices)
    kinds = "MIG slices" if any(slice_.mig for slice_ in inventory.slices) else "whole GPUs, no MIG"
    tell(f"driver {inventory.driver}, {len(inventory.slices)} {kinds}")


def test_a_box_with_the_slice_computes_what_is_known(pool: Pool, lease: Lease, tell: Tell) -> None:
    with placed(lease, pool.run):
        right, seen = trials.context(pool)
    tell(seen)
    assert right, seen


def test_nothing_of_one_learners_tensors_is_found_by_the_next(pool: Pool, slices: Slices, tell: Tell) -> None:
    """Within one job, and from one job to the next: fills all memory, then searches all that is given."""
    with placed(slices.lease("within one job", wait=30.0), pool.run):
        clean, seen = trials.residue(pool)
    assert clean, seen
    with placed(slices.lease("the first", wait=30.0), pool.run):
        first = trials.Learner(pool)
        filled = first.cell(trials.FILL)
        first.end()
    assert filled.ok, filled.error
    with placed(slices.lease("the next", wait=30.0), pool.run):
        second = trials.Learner(pool)
        found = second.cell(trials.SEARCH)
        second.end()
    tell(f"{filled.stdout.strip()} MB filled, {found.stdout.strip()} bytes found by the next learner")
    assert (found.ok, found.stdout.strip()) == (True, "0"), found.error


def test_asking_for_more_than_the_slice_has_is_told_with_its_line(pool: Pool, lease: Lease) -> None:
    with placed(lease, pool.run):
        right, seen = trials.out_of_memory(pool)
    assert right, seen


def test_a_kernel_that_does_not_end_is_killed_and_the_slice_is_fit_afterwards(
    pool: Pool, slices: Slices, lease: Lease, tell: Tell
) -> None:
    with placed(lease, pool.run) as work:
        right, seen = trials.endless(pool, work, lease)
    tell(seen)
    assert right, seen
    assert slices.standing(lease.slice).state is State.FREE


def test_a_slice_on_which_somebody_still_is_goes_into_quarantine(pool: Pool, slices: Slices) -> None:
    """A box that outlives its job, as after a fault of ours: nobody gets the slice until it is gone."""
    lease = slices.lease("a box that stays", wait=30.0)
    box = pool.run(slices.devices.box(lease.slice, pool.backend, Profile.TORCH, trials.LIMITS))
    try:
        drive = trials.Drive(box, output_kb=64)
        pool.run(drive.limits(memory_mb=trials.LIMITS.memory_mb, seed=0))
        assert pool.run(drive.cell(trials.FILL, deadline=30)).ok
        lease.end()
        standing = slices.standing(lease.slice)
        assert standing.state is State.QUARANTINED
        assert "somebody is on it" in standing.reason or "failed" in standing.reason
        with pytest.raises(DeviceFault):
            slices.readmit(lease.slice.uuid)
    finally:
        pool.run(box.kill())
    assert slices.readmit(lease.slice.uuid).wiped_mb > 0
    assert slices.standing(lease.slice).state is State.FREE


def test_a_pooled_context_is_there_sooner_than_one_made_from_cold(slices: Slices, tell: Tell) -> None:
    lease = slices.lease("warm boxes", wait=30.0)
    try:
        backend = Container(HOME, slice_=lease.slice)
        with Pool(backend, warm={Profile.GPU: 1}) as pool:
            cold, pooled = [], []
            for _ in range(3):
                began = time.monotonic()
                box = pool.run(pool.backend.make(Profile.GPU, trials.LIMITS))
                cold.append(time.monotonic() - began)
                pool.run(box.kill())
            for _ in range(3):
                until = time.monotonic() + 120
                while not pool.metrics()["warm"]["gpu"]:
                    assert time.monotonic() < until, pool.metrics()
                    time.sleep(0.1)
                began = time.monotonic()
                box = pool.run(pool.lease(Profile.GPU))
                pooled.append(time.monotonic() - began)
                pool.run(box.kill())
    finally:
        lease.end()
    tell(f"a context from cold {sorted(cold)[1]:.2f} s, a pooled one {sorted(pooled)[1] * 1000:.1f} ms")
    assert sorted(pooled)[1] < sorted(cold)[1] / 4


# ---- whole gradings ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["one that uses the card", "the first of torch"])
def exercise(
    request: pytest.FixtureRequest, pool: Pool, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Exercise, FolderStore]:
    folder = EXERCISES / "01-card" / "01-attend" if "card" in request.param else FIRST_OF_TORCH
    found = load(folder)
    for profile in {found.profile, authors(found)}:
        prepare(profile, HOME, name="container")
    store = FolderStore(tmp_path_factory.mktemp("expected"))
    compute(found, pool, store)
    return found, store


def verdict_of(exercise: Exercise, source: str, pool: Pool, store: FolderStore) -> Verdict:
    job = Job(exercise=exercise, source=source, seed_key=b"a card")
    last = list(grade(job, pool=pool, store=store))[-1]
    assert isinstance(last, Graded)
    return last.verdict


def test_a_grading_on_the_card_has_the_verdict_of_the_processor(
    exercise: tuple[Exercise, FolderStore], pool: Pool, slices: Slices
) -> None:
    found, store = exercise
    right = found.files["reference.py"]
    for source, word in ((right, "passed"), (f"{right}\nraise ValueError('no')\n", "crashed")):
        here = verdict_of(found, source, pool, store)
        with placed(slices.lease(found.id, wait=30.0), pool.run):
            there = verdict_of(found, source, pool, store)
        assert here.word.value == there.word.value == word
        assert [(p.name, p.word, p.points) for p in here.probes] == [
            (p.name, p.word, p.points) for p in there.probes
        ]


def test_how_many_learners_a_slice_serves_in_an_hour(
    exercise: tuple[Exercise, FolderStore], pool: Pool, slices: Slices, tell: Tell
) -> None:
    found, store = exercise
    began = time.monotonic()
    for _ in range(JOBS):
        with placed(slices.lease(found.id, wait=30.0), pool.run):
            assert verdict_of(found, found.files["reference.py"], pool, store).word.value == "passed"
    seconds = (time.monotonic() - began) / JOBS
    tell(f"{found.id}: {seconds:.2f} s for a learner with wiping and checking, {3600 / seconds:.0f} an hour")
