"""Collects all the slopes and lets math.prod multiply them."""

import math
from itertools import accumulate


def compose_grad(fs, x):
    values = accumulate((f for f, _ in fs), lambda value, f: f(value), initial=x)
    return math.prod((df(value) for (_, df), value in zip(fs, values)), start=1.0)
