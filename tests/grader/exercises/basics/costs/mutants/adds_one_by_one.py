"""task: 1

Right, but Python adds the products one by one.
"""


def dot(a, b):
    total = 0.0
    for p, q in zip(a, b):
        total += p * q
    return float(total)


def largest_gap(x):
    return float(x.max() - x.min())
