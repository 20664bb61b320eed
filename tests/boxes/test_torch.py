"""The torch profile: training, autograd and data loaders work in a jail, and a jail costs little."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.language import EXACT, T32, T64, Tolerance
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend, prepare
from grader.sandbox.pool import Pool
from grader.values.compare import compare
from sandbox_images.inside import wire
from tests.boxes.conftest import HOME, Use, marked

TRAIN = """
import torch
from torch import nn

model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
x, y = torch.randn(256, 32), torch.randint(0, 10, (256,))
losses = []
for _ in range(20):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(losses[-1] < losses[0], torch.get_num_threads())
"""
LOAD = """
import torch
from torch.utils.data import DataLoader, TensorDataset

loader = DataLoader(TensorDataset(torch.arange(64.0)), batch_size=8, num_workers=2)
print(sum(float(batch.sum()) for (batch,) in loader))
"""
GRADIENTS = """
import torch
from torch.func import grad, vmap


def slope(x):
    return vmap(grad(lambda t: t**3))(x)


def half(x):
    return x.to(torch.bfloat16)
"""


ASSERT_CLOSE = """
import torch


def ask(answer, inputs):
    got, expected = torch.as_tensor(inputs["got"]), torch.as_tensor(inputs["expected"])
    try:
        torch.testing.assert_close(got, expected, rtol=0.0, atol=inputs["atol"], equal_nan=True)
    except AssertionError:
        return False
    return True
"""


@pytest.fixture(scope="module", params=marked("docker", "bubblewrap"))
def use(request: pytest.FixtureRequest) -> Iterator[Use]:
    prepare(Profile.TORCH, HOME, name=request.param)
    with Pool(choose_backend(request.param, home=HOME), warm={}) as pool:
        yield Use(pool, request.param)


def test_a_network_trains(use: Use) -> None:
    drive = use.fresh(Profile.TORCH, memory_mb=512)
    run = use.cell(drive, TRAIN, deadline=60)
    assert run.ok, run
    assert run.stdout == "True 1\n"
    use.pool.run(drive.box.kill())


def test_a_data_loader_works_without_workers(use: Use) -> None:
    drive = use.fresh(Profile.TORCH, memory_mb=512)
    run = use.cell(drive, LOAD.replace("num_workers=2", "num_workers=0"), deadline=60)
    assert run.ok, run
    assert run.stdout.endswith("2016.0\n")
    use.pool.run(drive.box.kill())


def test_workers_of_a_data_loader_are_refused_in_so_many_words(use: Use) -> None:
    """Pipes and sockets are counted by user, and all boxes of a host are one: learners have none."""
    drive = use.fresh(Profile.TORCH, memory_mb=512)
    run = use.cell(drive, LOAD, deadline=60)
    assert run.error is not None
    assert "num_workers=0" in run.error.message
    use.pool.run(drive.box.kill())


def test_tensors_come_out_as_arrays(use: Use) -> None:
    drive = use.fresh(Profile.TORCH, memory_mb=512)
    assert use.cell(drive, GRADIENTS, deadline=60).ok
    ask = "import torch\ndef ask(answer, inputs):\n    return answer.slope(torch.tensor(inputs['x']))"
    run = use.ask(drive, ask, {"x": [1.0, 2.0]}, deadline=60)
    assert wire.decode(run.values[0].result).tolist() == [3.0, 12.0]
    ask = ask.replace("slope", "half")
    value = wire.decode(use.ask(drive, ask, {"x": [1.0, 2.0]}, deadline=60).values[0].result)
    assert isinstance(value, wire.Bf16)
    assert value.as_float32().tolist() == [1.0, 2.0]
    use.pool.run(drive.box.kill())


def test_too_much_memory_is_an_error_that_can_be_recognised(use: Use) -> None:
    drive = use.fresh(Profile.TORCH, memory_mb=256)
    run = use.cell(drive, "import torch\na = torch.ones(10**9)", deadline=60)
    assert run.error is not None
    assert run.error.type in ("RuntimeError", "MemoryError")
    assert "memory" in run.error.message
    use.pool.run(drive.box.kill())


def test_a_jail_of_torch_adds_a_few_megabytes(use: Use) -> None:
    boxes = [use.box(Profile.TORCH) for _ in range(4)]
    peaks = [box.peak_memory_mb() for box in boxes]
    for box in boxes:
        use.pool.run(box.kill())
    assert all(peak is not None and peak < 10 for peak in peaks), peaks


def test_random_streams_of_torch_follow_the_seed(use: Use) -> None:
    seen = []
    for seed in (3, 3, 4):
        drive = use.fresh(Profile.TORCH, seed=seed)
        seen.append(use.cell(drive, "import torch\nprint(torch.rand(3).tolist())", deadline=60).stdout)
        use.pool.run(drive.box.kill())
    assert seen[0] == seen[1] != seen[2]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, Tolerance]:
    """An expected array, and one that is equal to it, off by less or more than is allowed, or unlike it."""
    dtype = draw(st.sampled_from([np.float64, np.float32, np.int64, np.bool_, np.complex128]))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    expected = draw(hnp.arrays(dtype, shape, elements=_elements(dtype)))
    levels = [T32, EXACT, Tolerance(0.0, 0.5)]
    tolerance = draw(st.sampled_from(levels if dtype is np.float32 else [T64, *levels]))
    got = expected.copy()
    if got.size and dtype in (np.float64, np.float32):
        at = draw(st.integers(0, got.size - 1))
        finite = np.abs(expected[np.isfinite(expected)].astype(np.float64))
        limit = tolerance.atol + tolerance.rtol * finite.max(initial=0.0)
        # Never within a hair of the limit: there the two round differently.
        step = draw(st.sampled_from([0.0, 0.5, -0.5, 2.0, -2.0])) * limit
        got.flat[at] = draw(st.sampled_from([expected.flat[at] + step, np.nan, np.inf, -np.inf]))
    elif got.size and draw(st.booleans()):
        got.flat[0] = ~got.flat[0] if dtype is np.bool_ else got.flat[0] + 1
    unlike = draw(st.integers(0, 9))
    if unlike == 0:
        got = got[None]
    elif unlike == 1:
        got = got.astype({np.float64: np.float32, np.complex128: np.complex64}.get(dtype, np.float64))
    return got, expected, tolerance


def _elements(dtype: type) -> st.SearchStrategy | None:
    if dtype in (np.float64, np.float32):
        usual = st.floats(-1000, 1000, width=32).map(lambda x: round(x, 2))
        return usual.map(float) | st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0])
    if dtype is np.complex128:
        return st.complex_numbers(max_magnitude=1000)
    return st.integers(-1000, 1000) if dtype is np.int64 else None


def test_the_comparison_outside_agrees_with_torch_testing(use: Use) -> None:
    """Where the two should agree: one array, its shape, its dtype, one absolute bound, NaN with NaN."""
    drive = use.fresh(Profile.TORCH, memory_mb=512)
    assert use.cell(drive, "", deadline=60).ok
    seen = {True: 0, False: 0}

    @settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(pairs())
    def agree(drawn: tuple[np.ndarray, np.ndarray, Tolerance]) -> None:
        got, expected, tolerance = drawn
        exact = expected.dtype.kind in "ib"
        finite = np.abs(expected[np.isfinite(expected)]).astype(np.float64)
        atol = 0.0 if exact else tolerance.atol + tolerance.rtol * float(finite.max(initial=0.0))
        run = use.ask(drive, ASSERT_CLOSE, {"got": got, "expected": expected, "atol": atol}, deadline=60)
        assert run.ok, run
        theirs = bool(wire.decode(run.values[0].result))
        with np.errstate(all="ignore"):
            assert (compare(got, expected, tolerance) == ()) == theirs
        seen[theirs] += 1

    agree()
    assert min(seen.values()) > 40, seen
    use.pool.run(drive.box.kill())


RECIPE = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        self.last = nn.Linear(4, 2)

    def forward(self, x):
        return self.last(torch.tanh(self.norm(self.first(x))))


class Shares(Net):
    def __deepcopy__(self, memo):
        return self
"""
ASK_RECIPE = """
from probing import attempt, backward, filled, round_trips, state, watched


def ask(answer, inputs):
    net = filled(answer.Net(), inputs["weights"])
    net.eval()
    before = state(net)
    asked = backward(net, inputs["x"], message=inputs["message"])
    missing = {name: array for name, array in inputs["weights"].items() if name != "last.bias"}
    return [
        before,
        asked,
        round_trips(net, answer.Net(), inputs["x"]),
        watched(net, inputs["x"]),
        attempt(filled, answer.Net(), missing),
        round_trips(filled(answer.Shares(), inputs["weights"]).eval(), answer.Net(), inputs["x"]),
        net(__import__("torch").tensor(inputs["x"])).t(),
    ]
"""


def test_the_recipe_for_modules(use: Use) -> None:
    """Weights by name, values and every gradient, round trips, counts; against numpy."""
    drive = use.fresh(Profile.TORCH, memory_mb=512)
    assert use.cell(drive, RECIPE, deadline=60).ok
    rng = np.random.default_rng(0)
    shapes = {
        "first.weight": (4, 3), "first.bias": (4,), "norm.weight": (4,), "norm.bias": (4,),
        "norm.running_mean": (4,), "last.weight": (2, 4), "last.bias": (2,),
    }  # fmt: skip
    weights = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    weights["norm.running_var"] = rng.uniform(0.5, 2, 4)
    x, message = rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    run = use.ask(drive, ASK_RECIPE, {"weights": weights, "x": x, "message": message}, deadline=60)
    before, asked, trips, counts, missing, shared, turned = wire.decode(run.values[0].result)
    use.pool.run(drive.box.kill())

    linear = x @ weights["first.weight"].T + weights["first.bias"]
    scale = weights["norm.weight"] / np.sqrt(weights["norm.running_var"] + 1e-5)
    h = np.tanh((linear - weights["norm.running_mean"]) * scale + weights["norm.bias"])
    out = h @ weights["last.weight"].T + weights["last.bias"]
    back = message @ weights["last.weight"] * (1 - h * h) * scale
    assert compare({k: v for k, v in before.items() if "tracked" not in k}, weights, EXACT) == ()
    assert compare(asked[0], out, T64) == ()
    assert compare(asked[1], [back @ weights["first.weight"]], T64) == ()
    named = {"first.weight": back.T @ x, "first.bias": back.sum(0), "last.weight": message.T @ h}
    for name, gradient in named.items():
        assert compare(asked[2][name], gradient, T64) == ()
    assert set(asked[2]) == {name for name in weights if "running" not in name}
    assert all(compare(each, out, T64) == () for each in trips)
    assert counts == {"first": 1, "norm": 1, "last": 1}
    assert isinstance(missing, wire.Raised)
    assert "last.bias" in missing.message
    assert compare(shared[1], out, T64) == ()
    assert compare(shared[2], out, T64) != ()  # a copy that shares its numbers is noticed
    assert compare(turned, out.T, T64) == ()  # asks for gradients, and does not lie in order
