"""Leaves a thread that prints for ever and solves the task.

Must: passed, failed, too_much_output
"""

import threading
import time


def talk():
    while True:
        print("still here")
        time.sleep(0.001)


threading.Thread(target=talk, daemon=True).start()


def double(x):
    return x + x
