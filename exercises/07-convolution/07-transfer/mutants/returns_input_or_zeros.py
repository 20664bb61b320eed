"""task: 1, 2, 3

Your functions hand their inputs back, or zeros. Start with a deep copy of the net and a new Linear as head.
"""


def freeze_and_head(net, n_classes):
    return net, []


def fine_tune(net, trainable, X, y, batches, lr, weight_decay):
    return [0.0 for _ in batches]


def steps_to(net, trainable, X, y, X_test, y_test, batches, lr, target):
    return 0, [0.0]
