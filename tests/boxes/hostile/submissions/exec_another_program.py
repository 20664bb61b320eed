"""Becomes another program.

Must: crashed, timed_out
"""

import os

os.execv("/usr/bin/python3", ["python3", "-c", "while True: pass"])
