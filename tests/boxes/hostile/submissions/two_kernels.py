"""Forks, and both go on to answer.

Must: passed, failed, crashed
"""

import os

os.fork()


def double(x):
    return x + x
