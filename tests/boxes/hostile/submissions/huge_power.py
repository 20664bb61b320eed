"""Holds the interpreter in one multiplication.

Must: timed_out, out_of_memory
"""

x = 7 ** (7**12)
