"""Raises SystemExit(0), also at exit and in a destructor.

Must: crashed
"""

import atexit
import sys

atexit.register(lambda: sys.exit(0))


class Last:
    def __del__(self):
        raise SystemExit(0)


last = Last()
sys.exit(0)
