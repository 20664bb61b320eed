"""Boxes with a GPU that is not there: refused with a sentence, and nothing is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.exercise.folder import load
from grader.grading.expected import FolderStore, compute
from grader.sandbox import trials
from grader.sandbox.box import BoxError, Limits, Profile
from grader.sandbox.choose import choose_backend, prepare
from grader.sandbox.devices import DeviceFault, Slice, Slices, placed
from grader.sandbox.docker import Container
from grader.sandbox.engine import LABEL, Engine, image_tag
from grader.sandbox.fakes import FakeDevices
from grader.sandbox.nvidia import NvidiaDevices
from grader.sandbox.owners import mine
from grader.sandbox.pool import Pool
from tests.boxes.conftest import HOME
from tests.gpu.conftest import EXERCISES
from tests.gpu.test_card import verdict_of

SLICE = Slice(uuid="MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f", name="none", memory_mb=5120, mig=True)


@pytest.fixture
def engine(prepared: None) -> Iterator[Engine]:
    """An engine with an image of the GPU profile: numpy's under that name."""
    engine = Engine()
    tag = image_tag(Profile.GPU)
    there = engine.has_image(tag)
    if not there:
        engine.client.images.get(image_tag(Profile.NUMPY)).tag(tag)
    yield engine
    if not there:
        engine.client.images.remove(tag)
    engine.close()


def left(engine: Engine) -> int:
    found = engine.client.containers.list(all=True, filters={"label": f"{LABEL}={mine()}"})
    return len(found)


@pytest.mark.container
def test_the_engine_is_asked_for_the_slice_and_refuses_where_it_has_none(engine: Engine) -> None:
    with Pool(Container(HOME, slice_=SLICE), warm={}) as pool:
        with pytest.raises(BoxError, match=r"Docker could not start a box: .*device"):
            pool.run(pool.backend.make(Profile.GPU, Limits()))
        assert left(engine) == 0


@pytest.mark.container
def test_without_a_leased_slice_no_box_with_a_gpu_is_made(engine: Engine) -> None:
    with Pool(Container(HOME), warm={}) as pool, pytest.raises(BoxError, match="none was leased for it"):
        pool.run(pool.lease(Profile.GPU))


@pytest.mark.container
def test_a_slice_that_the_engine_cannot_give_is_unfit(engine: Engine) -> None:
    with pytest.raises(
        DeviceFault, match="container that checks it could not be made: Docker could not start"
    ):
        NvidiaDevices(HOME).renew(SLICE, 10.0)
    assert left(engine) == 0


@pytest.fixture
def torch_pool() -> Iterator[Pool]:
    prepare(Profile.TORCH, HOME, name="bubblewrap")
    with Pool(choose_backend("bubblewrap", home=HOME), warm={}) as pool:
        yield pool


@pytest.mark.bubblewrap
def test_a_trial_without_a_card_holds_in_nothing_that_needs_one(torch_pool: Pool, tmp_path: Path) -> None:
    """All of it runs, in real boxes, on a slice that is fake: torch says in each that there is no card."""
    slices = Slices(FakeDevices(tmp_path, 1), tmp_path)
    steps = trials.attempt(slices, torch_pool, lambda step: None)
    assert {step.name: step.up for step in steps} == {
        "context": False,
        "residue": False,
        "out of memory": False,
        "endless kernel": False,
        "given back": True,
    }
    assert "CUDA" in steps[0].seen


@pytest.mark.bubblewrap
def test_what_prefers_a_card_has_the_same_verdict_without(torch_pool: Pool, tmp_path: Path) -> None:
    """The one that tests/gpu grades on a real card: here its CPU-sized way, on a fake slice and on none."""
    exercise = load(EXERCISES / "01-card" / "01-attend")
    store = FolderStore(tmp_path / "expected")
    compute(exercise, torch_pool, store)
    slices = Slices(FakeDevices(tmp_path, 1), tmp_path)
    right = exercise.files["reference.py"]
    for source, word in ((right, "passed"), (right.replace("** 0.5", "** 0.6"), "failed")):
        here = verdict_of(exercise, source, torch_pool, store)
        with placed(slices.lease("a test"), torch_pool.run):
            there = verdict_of(exercise, source, torch_pool, store)
        assert here.word.value == there.word.value == word
        assert [p.word for p in here.probes] == [p.word for p in there.probes]
