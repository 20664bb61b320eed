"""Puts objects of its own into what it got, so that looking whether it changed runs code of its own.

Must: failed, passed, crashed
"""

import sys


def double(x):
    frame = sys._getframe()
    while "watched" not in frame.f_locals:
        frame = frame.f_back
    inputs = frame.f_locals["inputs"]
    inputs["x"] = type("Late", (), {"__reduce__": lambda self: (print, ("late",))})()
    inputs["extra"] = x.tolist()
    return x + x
