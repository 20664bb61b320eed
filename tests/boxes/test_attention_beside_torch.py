"""The numpy references of module 11 against PyTorch's own attention, in a box that has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.notebooks.lessons import run_notebook
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend, prepare
from grader.sandbox.pool import Pool
from tests.boxes.conftest import HOME, marked
from tests.house.repository import ROOT

ATTENTION = ROOT / "exercises" / "11-attention"

MADE = """
import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention

B, H, T, S, D, Dv = 2, 3, 4, 5, 6, 7
rng = np.random.default_rng(11)
Q, K, V, dout = (rng.normal(size=(B, H, *size)) for size in [(T, D), (S, D), (S, Dv), (T, Dv)])
tq, tk, tv = (torch.tensor(array, requires_grad=True) for array in (Q, K, V))


def agrees(ours, theirs):
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    assert np.abs(ours - theirs).max() < 1e-12, np.abs(ours - theirs).max()
"""

FORWARD = """
mask = causal_mask(T, S)
agrees(attn(Q, K, V), scaled_dot_product_attention(tq, tk, tv))
agrees(attn(Q, K, V, mask), scaled_dot_product_attention(tq, tk, tv, torch.tensor(mask)))
square = scaled_dot_product_attention(tq, tk[:, :, :T], tv[:, :, :T], is_causal=True)
agrees(attn(Q, K[:, :, :T], V[:, :, :T], causal_mask(T, T)), square)
print("agrees")
"""

BACKWARD = """
mask = torch.ones(T, S, dtype=torch.bool).tril(S - T)
scores = (tq @ tk.transpose(2, 3) / D**0.5).masked_fill(~mask, float("-inf"))
P = torch.softmax(scores, dim=3).detach().numpy()
scaled_dot_product_attention(tq, tk, tv, mask).backward(torch.tensor(dout))
for ours, leaf in zip(attn_bwd(dout, Q, K, V, P), (tq, tk, tv), strict=True):
    agrees(ours, leaf.grad)
print("agrees")
"""


@pytest.fixture(scope="module", params=marked("bubblewrap"))
def torch_pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    prepare(Profile.TORCH, HOME, name=request.param)
    with Pool(choose_backend(request.param, home=HOME), warm={}) as pool:
        yield pool


@pytest.mark.parametrize(("exercise", "question"), [("02-sdpa-fwd", FORWARD), ("03-sdpa-bwd", BACKWARD)])
def test_the_reference_agrees_with_the_librarys_attention(
    exercise: str, question: str, torch_pool: Pool
) -> None:
    reference = (ATTENTION / exercise / "reference.py").read_text()
    outputs = run_notebook([reference, MADE, question], torch_pool, Profile.TORCH, seconds=60)
    assert [output.error for output in outputs] == [None] * 3
    assert outputs[-1].stdout == "agrees\n"
