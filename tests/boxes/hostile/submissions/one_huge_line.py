"""Prints a line of two hundred megabytes.

Must: too_much_output, out_of_memory
"""

print("x" * 200_000_000)
