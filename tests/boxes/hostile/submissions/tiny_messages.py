"""Sends messages of one character, each on its own.

Must: too_much_output
"""

import sys

import kernel

while True:
    kernel.current.publish("stream", {"name": "stdout", "text": "x"})
