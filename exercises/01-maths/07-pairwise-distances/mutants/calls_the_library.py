"""task: static

You call scipy's cdist. It is the right tool for daily work; here you build it, to see what it
costs.
"""

from scipy.spatial.distance import cdist


def pairwise(P, Q):
    return cdist(P, Q)
