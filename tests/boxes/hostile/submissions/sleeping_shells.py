"""Leaves a child that stops its siblings, takes no signal and holds a pipe that nobody reads.

Must: passed
"""

import os
import signal

try:
    reading, writing = os.pipe()
except OSError:
    writing = 2
child = os.fork()
if child == 0:
    for number in range(1, 64):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    grandchild = os.fork()
    if grandchild == 0:
        os.write(writing, bytes(1 << 20))
    os.kill(grandchild, signal.SIGSTOP)
    signal.pause()


def double(x):
    return x + x
