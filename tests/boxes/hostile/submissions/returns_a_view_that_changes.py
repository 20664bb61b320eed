"""Returns memory that a thread goes on to change while it is written out.

Must: passed, failed
"""

import threading

import numpy as np

shared = np.zeros((2, 3))


def churn():
    while True:
        shared[:] = np.nan
        shared[:] = 0


threading.Thread(target=churn, daemon=True).start()


def double(x):
    if x.ndim == 2:
        shared[:] = x + x
        return shared
    return x + x
