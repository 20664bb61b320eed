"""A child answers for its parent with a wrong value before the parent does.

Must: failed, crashed, passed
"""

import os

import kernel


def double(x):
    if os.fork() == 0:
        kernel.current.pid = os.getpid()
        return x * 0
    os.wait()
    return x + x
