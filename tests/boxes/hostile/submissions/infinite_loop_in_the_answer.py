"""Ends, but its function never does.

Must: failed
"""


def double(x):
    while True:
        pass
