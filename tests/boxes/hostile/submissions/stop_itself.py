"""Stops itself so that no handler of its own runs.

Must: timed_out, passed
"""

import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)


def double(x):
    return x + x
