"""Doubles a list for ever.

Must: out_of_memory
"""

data = [0]
while True:
    data += data
