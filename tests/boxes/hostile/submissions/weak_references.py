"""Keeps every value alive through finalisers that bring it back and start threads.

Must: passed, crashed, failed, timed_out
"""

import threading


class Phoenix:
    def __del__(self):
        threading.Thread(target=Phoenix, daemon=True).start()


Phoenix()


def double(x):
    return x + x
