"""Hides a megabyte of JSON beside one printed letter.

Must: too_much_output, crashed
"""

import kernel

while True:
    kernel.current.publish("stream", {"name": "stdout", "text": "x", "junk": [1] * 300_000})
