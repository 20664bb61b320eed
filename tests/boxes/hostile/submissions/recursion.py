"""Recurses through C until the stack is gone.

Must: crashed
"""

import sys

sys.setrecursionlimit(10**9)


class Mirror:
    def __repr__(self):
        return repr(self)


repr(Mirror())
