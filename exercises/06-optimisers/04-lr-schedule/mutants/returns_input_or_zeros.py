"""task: 1

Every step gets max_lr. Begin with the end of the plan: from step total on it is min_lr.
"""


def lr_at(step, max_lr, min_lr, warmup, total):
    return max_lr
