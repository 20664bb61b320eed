"""Traces and profiles every line of ours that runs after it.

Must: passed, failed, crashed, timed_out
"""

import sys


def spy(frame, event, argument):
    for name in list(frame.f_locals):
        if name == "value":
            frame.f_locals[name] = 0
    return spy


sys.settrace(spy)
sys.setprofile(spy)


def double(x):
    return x + x
