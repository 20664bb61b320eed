"""The program of the demonstration on the first page; it runs in a box, after a cell that sets TEXT.

A character model of the family that the course builds: two blocks, four heads, 64 numbers a character. It
says what it does through the tracker: the loss of both halves of the text, what one head looks at, and, as
lines of "step<tab>text", how it writes by now.
"""

# mypy: ignore-errors

import time

import torch
from torch import Tensor, nn
from torch.nn import functional
from tracker import finish, heat, log

BEGAN = time.monotonic()
LONGEST = 100.0
RATE = 8e-3
STEPS, BATCH, BLOCK, WIDTH, HEADS, LAYERS = 1500, 16, 64, 64, 4, 2
SAMPLES = {0, 25, 50, 100, 200, 300, 450, 600, 800, 1000, 1250, 1500}
WATCHED = "the slope of the loss is "

torch.manual_seed(0)
torch.set_num_threads(1)
letters = sorted(set(TEXT))  # noqa: F821 (a cell before this one sets it)
number = {letter: place for place, letter in enumerate(letters)}
data = torch.tensor([number[letter] for letter in TEXT])  # noqa: F821
train, held_back = data[: int(0.9 * len(data))], data[int(0.9 * len(data)) :]
mask = torch.full((BLOCK, BLOCK), float("-inf")).triu(1)


class Block(nn.Module):
    """Look back at what stands before, then think about each place by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.think = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        many, long, wide = x.shape
        q, k, v = (
            part.view(many, long, HEADS, wide // HEADS).transpose(1, 2)
            for part in self.qkv(self.before(x)).split(wide, dim=2)
        )
        self.weights = (q @ k.transpose(2, 3) / (wide // HEADS) ** 0.5 + mask[:long, :long]).softmax(-1)
        x = x + self.out((self.weights @ v).transpose(1, 2).reshape(x.shape))
        return x + self.think(self.between(x))


class GPT(nn.Module):
    """Letters and places in, scores of the next letter out."""

    def __init__(self) -> None:
        super().__init__()
        self.letter, self.place = nn.Embedding(len(letters), WIDTH), nn.Embedding(BLOCK, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm = nn.LayerNorm(WIDTH)
        for part in self.modules():
            if isinstance(part, nn.Linear | nn.Embedding):
                nn.init.normal_(part.weight, std=0.05)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.blocks(self.letter(ids) + self.place(torch.arange(ids.shape[1])))
        return self.norm(x) @ self.letter.weight.T


def batch(source: Tensor) -> tuple[Tensor, Tensor]:
    starts = torch.randint(len(source) - BLOCK, (BATCH,))
    rows = torch.stack([source[start : start + BLOCK + 1] for start in starts])
    return rows[:, :-1], rows[:, 1:]


def loss_on(source: Tensor) -> Tensor:
    x, y = batch(source)
    return functional.cross_entropy(model(x).flatten(0, 1), y.flatten())


@torch.no_grad()
def writes(length: int = 110) -> str:
    ids = torch.tensor([[number.get(" ", 0)]])
    for _ in range(length):
        chances = (model(ids[:, -BLOCK:])[0, -1] / 0.7).softmax(-1)
        ids = torch.cat([ids, torch.multinomial(chances, 1)[None]], dim=1)
    return "".join(letters[i] for i in ids[0, 1:])


@torch.no_grad()
def shows(step: int) -> None:
    watched = [letter for letter in WATCHED if letter in number]
    model(torch.tensor([[number[letter] for letter in watched]]))
    heat(step, rows=watched, columns=watched, attention=model.blocks[1].weights[0, 0].numpy())


model = GPT()
steps = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=0.1)
for step in range(STEPS + 1):
    done = max(step / STEPS, (time.monotonic() - BEGAN) / LONGEST)  # a slow machine takes fewer steps
    late = done >= 1
    if step in SAMPLES or late:
        print(f"{step}\t{writes()}", flush=True)  # noqa: T201 (it runs in a box)
    if step % 25 == 0 or late:
        with torch.no_grad():
            log(step, loss=loss_on(train).item(), unseen=loss_on(held_back).item())
    if step % 100 == 0 or late:
        shows(step)
    if late:
        break
    for group in steps.param_groups:
        group["lr"] = RATE * min(1.0, (step + 1) / 30) * (1 - 0.95 * done)
    loss = loss_on(train)
    steps.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    steps.step()
finish()
