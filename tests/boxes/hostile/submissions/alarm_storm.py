"""Rings an alarm every microsecond.

Must: passed, timed_out, crashed, failed
"""

import signal

signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.000001, 0.000001)


def double(x):
    return x + x
