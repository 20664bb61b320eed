"""Closes the only way out and goes on.

Must: crashed, timed_out
"""

import kernel

kernel.current.link.close()
while True:
    pass
