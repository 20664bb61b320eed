"""Raises an exception with a text of a hundred megabytes and a forged name.

Must: crashed, out_of_memory
"""

raise type("Passed" * 10_000, (Exception,), {})("all probes passed " * 5_000_000)
