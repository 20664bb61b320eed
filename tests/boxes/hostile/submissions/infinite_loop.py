"""Never ends.

Must: timed_out
"""

while True:
    pass
