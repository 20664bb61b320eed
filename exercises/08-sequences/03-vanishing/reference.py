import numpy as np


def jac_norms(Wh, hs):
    """From the end: each step back puts one more step's table on the left of the product."""
    product = np.eye(len(Wh))
    norms = np.zeros(len(hs))
    for t in reversed(range(len(hs))):
        product = (Wh * (1 - hs[t] ** 2)) @ product
        norms[t] = np.linalg.norm(product, 2)
    return norms


def reach(Wh, h0, u):
    """The norm of dh_T / dh_0 alone: the tables of all steps, multiplied as the network runs."""
    h, product = h0, np.eye(len(Wh))
    for row in u:
        h = np.tanh(row + h @ Wh)
        product = product @ (Wh * (1 - h * h))
    return np.linalg.norm(product, 2)


def choose_gain(Q, h0, u):
    """The first of many gains, each 2 % larger than the one before, whose reach is close to 1."""
    for g in np.geomspace(0.2, 20, 234):
        if 0.5 < reach(g * Q, h0, u) < 2:
            break
    return g
