"""Module 6 asks for what torch.optim does: its references and torch take the same fifty steps, in a box.

Torch is the oracle here and nowhere else: the exercises' own truths are sums over all gradients.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.notebooks.lessons import run_notebook
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend, prepare
from grader.sandbox.pool import Pool
from tests.boxes.conftest import HOME, marked

MODULE = Path(__file__).resolve().parents[2] / "exercises" / "06-optimisers"

STEPS = """
import numpy as np
import torch


def furthest(ours, theirs, **settings):
    "The largest difference on the way of fifty steps, over how far torch has moved; at three scales."
    worst = 0.0
    for seed, scale in enumerate((1.0, 1e-4, 1e-8)):
        rng = np.random.default_rng(seed)
        start = [scale * rng.standard_normal(shape) for shape in ((3, 4), (5,), (3, 4))]
        arrays = [a.copy() for a in start]
        tensors = [torch.tensor(a, requires_grad=True) for a in start]
        mine, other = ours(arrays, 0.05, **settings), theirs(tensors, 0.05, **settings)
        for step in range(50):
            grads = [scale * rng.standard_normal(a.shape) if rng.random() < 0.8 else None for a in start]
            if grads[0] is not None:
                grads[0][1] = 0.0
            mine.lr = other.param_groups[0]["lr"] = float(rng.uniform(0.01, 0.1))
            for tensor, g in zip(tensors, grads):
                tensor.grad = None if g is None else torch.tensor(g)
            mine.step(grads)
            other.step()
            for a, tensor, first in zip(arrays, tensors, start):
                moved = np.abs(tensor.detach().numpy() - first).max()
                worst = max(worst, np.abs(a - tensor.detach().numpy()).max() / (moved + 1e-20))
    return worst


"""
CLIPS = """
import numpy as np
import torch

rng, worst = np.random.default_rng(0), 0.0
for scale in (0.01, 1.0, 1000.0):
    arrays = [scale * rng.standard_normal(shape) for shape in ((3, 4), (5,), (2, 1, 3))]
    tensors = [torch.zeros(a.shape, dtype=torch.float64) for a in arrays]
    for tensor, a in zip(tensors, arrays):
        tensor.grad = torch.tensor(a)
    theirs, mine = float(torch.nn.utils.clip_grad_norm_(tensors, 2.5)), clip_(arrays, 2.5)
    worst = max(worst, abs(theirs - mine) / theirs)
    for tensor, a in zip(tensors, arrays):
        worst = max(worst, np.abs(tensor.grad.numpy() - a).max() / np.abs(a).max())
print(worst)
"""
RATES = """
import torch

worst = 0.0
for low, length in ((0.0, 40), (0.3, 17)):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, length, low)
    for step in range(length + 1):
        worst = max(worst, abs(plan.get_last_lr()[0] - lr_at(step + 5, 1.0, low, 5, length + 5)))
        optimizer.step()
        plan.step()
print(worst)
"""


@pytest.fixture(scope="module", params=marked("bubblewrap"))
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    prepare(Profile.TORCH, HOME, name=request.param)
    with Pool(choose_backend(request.param, home=HOME), warm={}) as pool:
        yield pool


def printed(pool: Pool, exercise: str, source: str) -> float:
    """What the source prints in one box behind the reference of an exercise."""
    reference = (MODULE / exercise / "reference.py").read_text()
    *_, last = run_notebook([reference, source], pool, Profile.TORCH, seconds=120, memory_mb=2048)
    assert last.error is None, last.error
    return float(last.stdout)


@pytest.mark.parametrize(
    ("exercise", "call"),
    [
        ("01-sgd-momentum", "SGD, torch.optim.SGD"),
        ("01-sgd-momentum", "SGD, torch.optim.SGD, momentum=0.83"),
        ("01-sgd-momentum", "SGD, torch.optim.SGD, momentum=0.83, nesterov=True"),
        ("02-adam", "Adam, torch.optim.Adam"),
        ("02-adam", "Adam, torch.optim.Adam, betas=(0.8, 0.9), eps=1e-3"),
        ("03-adamw", "AdamW, torch.optim.AdamW"),
        ("03-adamw", "AdamW, torch.optim.AdamW, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.4"),
    ],
)
def test_fifty_steps_are_those_of_torch(pool: Pool, exercise: str, call: str) -> None:
    assert printed(pool, exercise, f"{STEPS}print(furthest({call}))") < 1e-9


def test_clipping_is_that_of_torch_but_for_its_millionth(pool: Pool) -> None:
    assert 1e-10 < printed(pool, "05-clip-global-norm", CLIPS) < 1e-6


def test_the_cosine_is_that_of_torch(pool: Pool) -> None:
    assert printed(pool, "04-lr-schedule", RATES) < 1e-12
