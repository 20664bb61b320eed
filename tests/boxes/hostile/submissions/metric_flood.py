"""Logs a million metrics.

Must: passed, too_much_output, timed_out
"""

import tracker

tracker.SECONDS_BETWEEN = 0
tracker.MOST_SENT = 10**9
for step in range(1_000_000):
    tracker.log(step, **{f"m{n}" * 10: 1.0 for n in range(16)})


def double(x):
    return x + x
