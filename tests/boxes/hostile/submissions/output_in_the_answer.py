"""Prints as fast as it can once a probe asks.

Must: failed
"""


def double(x):
    while True:
        print("x" * 100_000)
