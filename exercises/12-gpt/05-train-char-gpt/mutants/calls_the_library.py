"""task: static

You hand the training over to a library. Here it is your loop."""

from transformers import Trainer, TrainingArguments


def make_optimizer(model, decay):
    return Trainer(model).create_optimizer()


def step(model, optimizer, x, y, lr, clip):
    return Trainer(model).training_step(model, {"x": x, "y": y}).item()


def score(model, data, T):
    return Trainer(model).evaluate(data)["eval_loss"]


def fit(model, batches, lrs, val, T, decay, clip, every, watch):
    Trainer(model, TrainingArguments(weight_decay=decay, max_grad_norm=clip), train_dataset=batches).train()
