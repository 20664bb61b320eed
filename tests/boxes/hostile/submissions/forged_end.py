"""Tells us itself that the cell is over and passed, then goes on for ever.

Must: timed_out, failed, crashed
"""

import kernel

kernel.current.publish(
    "display_data", {"data": {"text/plain": "PASS", "text/html": "<b>100 %</b>"}, "metadata": {}}
)
kernel.current._send(b"s", "execute_reply", {"status": "ok", "execution_count": 1})
kernel.current.publish("status", {"execution_state": "idle"})
while True:
    pass
