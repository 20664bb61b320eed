"""task: 1, 2

Your functions do not look behind the root yet. Follow node.parents from there.
"""


def in_order(root):
    return [root]


def backward(root):
    root.grad = 0.0
