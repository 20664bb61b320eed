"""Holds the interpreter inside C, where no signal handler runs.

Must: timed_out
"""

import re

re.match(r"(a+)+$", "a" * 64 + "b")
