"""Makes files until there are no more inodes.

Must: crashed, timed_out
"""

for number in range(10**7):
    open(f"/tmp/{number}", "w").close()
