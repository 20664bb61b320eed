"""The references of module 5 against torch, which no exercise there needs: values, memory and gradients."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from grader.language import T64
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend, prepare
from grader.sandbox.pool import Pool
from grader.values.compare import compare
from sandbox_images.inside import wire
from tests.boxes.conftest import HOME, Use, marked

MODULE = Path(__file__).resolve().parents[2] / "exercises" / "05-regularisation"

OURS_BATCH = """
def ask(answer, c):
    mean, var = c["mean"].copy(), c["var"].copy()
    y, cache = answer.bn_fwd(c["x"], c["g"], c["b"], mean, var, c["train"], c["momentum"], c["eps"])
    return [y, mean, var, *answer.bn_bwd(c["dy"], cache)]
"""

TORCH_BATCH = """
import torch

def ask(answer, c):
    x, g, b = (torch.tensor(c[name], requires_grad=True) for name in ("x", "g", "b"))
    mean, var, dy = (torch.tensor(c[name]) for name in ("mean", "var", "dy"))
    y = torch.nn.functional.batch_norm(x, mean, var, g, b, c["train"], c["momentum"], c["eps"])
    gradients = torch.autograd.grad(y, (x, g, b), dy)
    return [a.detach().numpy() for a in (y, mean, var, *gradients)]
"""

OURS_ROWS = """
def ask(answer, c):
    y, cache = answer.ln_fwd(c["x"], c["g"], c["b"], c["eps"])
    z, other = answer.rms_fwd(c["x"], c["g"], c["eps"])
    return [y, *answer.ln_bwd(c["dy"], cache), z, *answer.rms_bwd(c["dy"], other)]
"""

TORCH_ROWS = """
import torch

def ask(answer, c):
    x, g, b = (torch.tensor(c[name], requires_grad=True) for name in ("x", "g", "b"))
    dy, d = torch.tensor(c["dy"]), x.shape[-1:]
    y = torch.nn.functional.layer_norm(x, d, g, b, c["eps"])
    z = torch.nn.functional.rms_norm(x, d, g, c["eps"])
    slopes = torch.autograd.grad(y, (x, g, b), dy), torch.autograd.grad(z, (x, g), dy)
    return [a.detach().numpy() for a in (y, *slopes[0], z, *slopes[1])]
"""


@pytest.fixture(scope="module", params=marked("bubblewrap"))
def use(request: pytest.FixtureRequest) -> Iterator[Use]:
    prepare(Profile.TORCH, HOME, name=request.param)
    with Pool(choose_backend(request.param, home=HOME), warm={}) as pool:
        yield Use(pool, request.param)


def differences(
    use: Use, exercise: str, ours: str, theirs: str, cases: list[dict[str, object]]
) -> list[object]:
    """Where the reference and torch differ by more than one operation in float64 may."""
    drive = use.fresh(Profile.TORCH, memory_mb=512)
    assert use.cell(drive, (MODULE / exercise / "reference.py").read_text(), deadline=60).ok
    runs = [use.ask(drive, source, *cases, deadline=60) for source in (ours, theirs)]
    assert all(run.ok for run in runs), runs
    pairs = zip(*(run.values for run in runs), strict=True)
    decoded = [[wire.decode(value.result) for value in pair] for pair in pairs]
    use.pool.run(drive.box.kill())
    assert len(decoded) == len(cases)
    return [compare(mine, torch, T64) for mine, torch in decoded if compare(mine, torch, T64)]


def arrays(rng: np.random.Generator, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    d = shape[-1]
    return {
        "x": 3 * rng.standard_normal(shape) - 1,
        "dy": rng.standard_normal(shape),
        "g": rng.standard_normal(d),
        "b": rng.standard_normal(d),
        "mean": rng.standard_normal(d),
        "var": rng.uniform(0.5, 2, d),
    }


def test_batch_norm_is_that_of_torch_with_its_memory_and_gradients(use: Use) -> None:
    rng = np.random.default_rng(5)
    cases = [
        arrays(rng, shape) | {"train": train, "momentum": momentum, "eps": eps}
        for shape, train, momentum, eps in [
            ((5, 3), True, 0.1, 1e-5),
            ((2, 4), True, 0.7, 0.2),
            ((4, 4), False, 0.1, 1e-5),
            ((1, 3), False, 0.3, 0.01),
        ]
    ]
    assert differences(use, "02-batchnorm", OURS_BATCH, TORCH_BATCH, cases) == []


def test_layer_norm_and_rms_norm_are_those_of_torch_with_their_gradients(use: Use) -> None:
    rng = np.random.default_rng(6)
    shapes = [(4, 3), (2, 3, 5), (7,), (3, 3), (2, 1, 2, 4)]
    cases = [arrays(rng, shape) | {"eps": eps} for shape in shapes for eps in (1e-5, 0.3)]
    assert differences(use, "03-layernorm-rmsnorm", OURS_ROWS, TORCH_ROWS, cases) == []
    other_eps = TORCH_ROWS.replace('c["eps"]', "0.9")
    assert len(differences(use, "03-layernorm-rmsnorm", OURS_ROWS, other_eps, cases)) == len(cases)
