"""task: 1, 2

You return the numbers as they came, whatever p says. While training, each of them is dropped with the
chance p, and the kept ones grow.
"""


def dropout_fwd(x, p, rng, train):
    return x.copy(), None


def dropout_bwd(dy, mask):
    return dy.copy()
