"""Leaves with success when a probe asks.

Must: failed
"""

import os


def double(x):
    os._exit(0)
