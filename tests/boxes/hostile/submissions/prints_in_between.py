"""Prints in the middle of each message that leaves its box, as the alarm for what is printed may do.

Must: passed
"""

import kernel

encode = kernel._json
busy = False


def interrupted(value):
    global busy
    if not busy:
        busy = True
        print("in between")
        kernel.current.flush()
        busy = False
    return encode(value)


kernel._json = interrupted


def double(x):
    return x + x
