"""Leaves dead children uncollected until there is no room.

Must: crashed, timed_out
"""

import os

while True:
    if os.fork() == 0:
        os._exit(0)
