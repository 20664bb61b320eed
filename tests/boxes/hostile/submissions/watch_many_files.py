"""Watches descriptors with every watcher it may have: each watch is kernel memory.

Must: passed, crashed
"""

import os
import select

pipes = [os.pipe() for _ in range(50)]
watchers = []
try:
    while True:
        watchers.append(select.epoll())
        for ends in pipes:
            watchers[-1].register(ends[0], select.EPOLLIN)
except OSError:
    pass


def double(x):
    return x + x
