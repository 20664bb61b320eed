"""task: 1, 2, 3

Your functions return zeros and train nothing. Begin with the four lines of every loop in Task 1.
"""


def train_epoch(model, loader, optimizer):
    return 0.0


def evaluate(model, loader):
    return 0.0, 0.0


def fit(model, train_loader, val_loader, optimizer, epochs):
    return [{"train_loss": 0.0, "val_loss": 0.0, "val_share": 0.0}] * epochs, model.state_dict()
