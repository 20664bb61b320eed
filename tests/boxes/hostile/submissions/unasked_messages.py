"""Sends messages of a kind nobody asked for.

Must: too_much_output
"""

import kernel

while True:
    kernel.current.publish("comm_open", {"comm_id": "x", "target_name": "y", "data": {"junk": "z" * 1000}})
