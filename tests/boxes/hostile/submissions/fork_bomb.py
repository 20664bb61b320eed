"""Forks without end.

Must: timed_out, crashed
"""

import os

while True:
    try:
        os.fork()
    except OSError:
        pass
