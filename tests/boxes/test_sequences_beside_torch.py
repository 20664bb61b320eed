"""The references of module 8 against PyTorch's own layers, in a box that has them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.notebooks.lessons import run_notebook
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend, prepare
from grader.sandbox.pool import Pool
from tests.boxes.conftest import HOME, marked
from tests.house.repository import ROOT

SEQUENCES = ROOT / "exercises" / "08-sequences"

LAYER = """
import numpy as np
import torch

N, T, D, H = 3, 6, 4, 5
rng = np.random.default_rng(8)


def agrees(ours, theirs):
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    assert np.abs(ours - theirs).max() < 1e-12, np.abs(ours - theirs).max()


def blocks(array, order):
    return np.concatenate([np.split(array, len(order), axis=-1)[k] for k in order], axis=-1)


def layer_of(kind, Wx, Wh, bx, bh, order):
    layer = kind(D, H, batch_first=True, dtype=torch.float64)
    values = {"weight_ih_l0": Wx.T, "weight_hh_l0": Wh.T, "bias_ih_l0": bx, "bias_hh_l0": bh}
    for name, value in values.items():
        getattr(layer, name).data = torch.tensor(blocks(value.T, order).T.copy())
    return layer


def arrays(gates):
    wide = gates * H
    sizes = [(N, T, D), (N, H), (N, H), (D, wide), (H, wide), (wide,), (wide,), (N, T, H), (N, H)]
    return [0.7 * rng.normal(size=size) for size in sizes]


def tensors(*given):
    return [torch.tensor(array, requires_grad=True) for array in given]
"""

RNN = """
x, h0, _, Wx, Wh, b, _, dh, _ = arrays(1)
layer = layer_of(torch.nn.RNN, Wx, Wh, b, 0 * b, [0])
tx, th = tensors(x, h0[None])
out = layer(tx, th)[0]
out.backward(torch.tensor(dh))
h, cache = rnn_fwd(x, h0, Wx, Wh, b)
agrees(h, out)
dx, dh0, dWx, dWh, db = rnn_bwd(dh, cache)
for ours, theirs in [(dx, tx), (dh0[None], th), (dWx.T, layer.weight_ih_l0), (dWh.T, layer.weight_hh_l0),
                     (db, layer.bias_ih_l0)]:
    agrees(ours, theirs.grad)
print("agrees")
"""

LSTM = """
x, h0, c0, Wx, Wh, b, _, dh, dc = arrays(4)
layer = layer_of(torch.nn.LSTM, Wx, Wh, b, 0 * b, [0, 1, 3, 2])  # theirs: input, forget, candidate, output
tx, th, tc = tensors(x, h0[None], c0[None])
out, (_, last) = layer(tx, (th, tc))
torch.autograd.backward([out, last], [torch.tensor(dh), torch.tensor(dc[None])])
h, c, cache = lstm_fwd(x, h0, c0, Wx, Wh, b)
agrees(h, out)
agrees(c[None], last)
dx, dh0, dc0, dWx, dWh, db = lstm_bwd(dh, dc, cache)
order = [0, 1, 3, 2]
for ours, theirs in [(dx, tx), (dh0[None], th), (dc0[None], tc), (blocks(dWx, order).T, layer.weight_ih_l0),
                     (blocks(dWh, order).T, layer.weight_hh_l0), (blocks(db, order), layer.bias_ih_l0)]:
    agrees(ours, theirs.grad)
print("agrees")
"""

GRU = """
x, h0, _, Wx, Wh, bx, bh, dh, _ = arrays(3)
layer = layer_of(torch.nn.GRU, Wx, Wh, bx, bh, [0, 1, 2])
tx, th = tensors(x, h0[None])
out = layer(tx, th)[0]
out.backward(torch.tensor(dh))
h, cache = gru_fwd(x, h0, Wx, Wh, bx, bh, "after")
agrees(h, out)
dx, dh0, dWx, dWh, dbx, dbh = gru_bwd(dh, cache)
for ours, theirs in [(dx, tx), (dh0[None], th), (dWx.T, layer.weight_ih_l0), (dWh.T, layer.weight_hh_l0),
                     (dbx, layer.bias_ih_l0), (dbh, layer.bias_hh_l0)]:
    agrees(ours, theirs.grad)
print("agrees")
"""

MASKED = """
lengths = np.array([4, 0, 6])
logits, y = rng.normal(size=(3, 6, 5)), rng.integers(0, 5, (3, 6))
(scores,) = tensors(logits)
labels = np.where(np.arange(6) < lengths[:, None], y, -100)
flat = scores.flatten(0, 1), torch.tensor(labels).flatten()
theirs = torch.nn.functional.cross_entropy(*flat, ignore_index=-100)
theirs.backward()
loss, slopes = masked_loss(logits, y, lengths)
assert abs(loss - theirs.item()) < 1e-12
agrees(slopes, scores.grad)
print("agrees")
"""


@pytest.fixture(scope="module", params=marked("bubblewrap"))
def torch_pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    prepare(Profile.TORCH, HOME, name=request.param)
    with Pool(choose_backend(request.param, home=HOME), warm={}) as pool:
        yield pool


@pytest.mark.parametrize(
    ("exercise", "question"),
    [("02-rnn-bptt", RNN), ("04-lstm", LSTM), ("05-gru", GRU), ("06-masked-sequences", MASKED)],
)
def test_the_reference_agrees_with_the_librarys_layer(exercise: str, question: str, torch_pool: Pool) -> None:
    reference = (SEQUENCES / exercise / "reference.py").read_text()
    outputs = run_notebook([reference, LAYER, question], torch_pool, Profile.TORCH, seconds=60)
    assert [output.error for output in outputs] == [None] * 3
    assert outputs[-1].stdout == "agrees\n"
