"""task: 1, 2

Your norm is always 0. Begin with the sum of the squares of one array.
"""


def global_norm(grads):
    return 0.0


def clip_(grads, max_norm):
    return 0.0
