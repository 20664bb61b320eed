"""A host with a card that may be used, or a sentence that says what it lacks. Nothing here is a fake.

The inventory comes first: NVIDIA's driver, an engine that can hand a card to a container, MIG or not. Then
the libraries and the image of the GPU profile, which are fetched: several gigabytes, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.commands.common import HOME
from grader.sandbox.box import BoxError, Profile
from grader.sandbox.choose import choose_backend, choose_devices, prepare
from grader.sandbox.devices import Lease, Slices
from grader.sandbox.engine import Engine
from grader.sandbox.pool import Pool


def lacking() -> str:
    """What this host lacks for these tests: a sentence, empty if nothing."""
    inventory = choose_devices("nvidia", home=HOME, tried=False).devices.inventory()
    if inventory.problem:
        return f"No test of a GPU: {inventory.problem}"
    try:
        engine = Engine()
    except BoxError as error:
        return f"No test of a GPU: its boxes are containers, and {error}."
    runtimes = engine.client.info().get("Runtimes", {})
    engine.close()
    if "nvidia" not in runtimes:
        return "No test of a GPU: the engine does not know NVIDIA's runtime (install its container toolkit)."
    return ""


@pytest.fixture(scope="session")
def slices() -> Slices:
    if sentence := lacking():
        pytest.skip(sentence)
    for profile in (Profile.TORCH, Profile.GPU):
        prepare(profile, HOME, name="container")
    return choose_devices("nvidia", home=HOME, tried=False)


@pytest.fixture(scope="session")
def pool(slices: Slices) -> Iterator[Pool]:
    with Pool(choose_backend("container", home=HOME), warm={}) as pool:
        yield pool
        pool.run(slices.devices.close())


@pytest.fixture
def lease(slices: Slices, request: pytest.FixtureRequest) -> Lease:
    return slices.lease(request.node.name, wait=30.0)


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str], slices: Slices) -> Callable[[str], None]:
    """Print a figure, with the name of the card, past pytest's capture: it is for the documentation."""
    card = slices.devices.inventory().slices[0].name

    def say(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {card}: {text}")  # noqa: T201

    return say


EXERCISES = Path(__file__).parent / "exercises"
