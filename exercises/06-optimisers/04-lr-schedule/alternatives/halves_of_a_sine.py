"""Half a cosine is the square of a quarter of its wave; the plan is a list of stretches with their ends."""

from math import cos, pi


def ramp(share, low, high):
    return high * share


def fall(share, low, high):
    return low + (high - low) * cos(pi / 2 * share) ** 2


def lr_at(step, max_lr, min_lr, warmup, total):
    begin = 0
    for end, rule in ((warmup, ramp), (total, fall)):
        if begin <= step < end:
            return rule((step - begin) / (end - begin), min_lr, max_lr)
        begin = end
    return min_lr
