"""Writes random bytes where messages belong.

Must: crashed, timed_out
"""

import os

import kernel

while True:
    kernel.current.link.sendall(os.urandom(4096))
