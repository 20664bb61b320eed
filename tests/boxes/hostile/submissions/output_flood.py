"""Prints as fast as it can.

Must: too_much_output
"""

while True:
    print("x" * 100_000)
