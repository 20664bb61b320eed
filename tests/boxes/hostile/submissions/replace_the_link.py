"""Copies the only way out to every descriptor that it may have.

Must: passed, crashed, failed, timed_out
"""

import os

import kernel

number = kernel.current.link.fileno()
spare = os.dup(number)
os.write(spare, b"")
os.close(spare)
for other in range(3, 20):
    if other != number:
        try:
            os.dup2(number, other)
        except OSError:
            pass


def double(x):
    return x + x
