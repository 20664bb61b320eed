"""task: static

You hand the training over to a library. Here it is your loop."""

from transformers import Trainer


def encode(a, b, n): ...


def make_batch(a, b, n): ...


def answer_loss(logits, y): ...


def train_step(model, optimizer, x, y, lr):
    return Trainer(model).training_step(model, {"x": x, "y": y}).item()


def solve(model, a, b, n):
    return model.generate(encode(a, b, n))


def examine(model, pairs, n):
    return Trainer(model).evaluate(pairs)["accuracy"]


def split(pairs, count): ...


def train(model, optimizer, pairs, exam, rows, lrs, n, every):
    Trainer(model, train_dataset=pairs, eval_dataset=exam).train()
