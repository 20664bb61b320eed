"""Makes a file of a terabyte.

Must: crashed
"""

with open("/tmp/sparse", "wb") as file:
    file.truncate(1 << 40)
