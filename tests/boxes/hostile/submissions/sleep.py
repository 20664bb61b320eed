"""Uses no processor time at all.

Must: timed_out
"""

import time

time.sleep(10_000)
