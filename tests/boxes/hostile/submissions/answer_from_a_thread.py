"""A thread floods the link in the middle of other messages.

Must: crashed, passed, timed_out, too_much_output, failed
"""

import threading

import kernel


def shout():
    while True:
        kernel.current.link.sendall(b"i" * 1000)


threading.Thread(target=shout, daemon=True).start()


def double(x):
    return x + x
