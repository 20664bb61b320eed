"""Two requests in the same moment, one of which has changed something that the other cannot see yet."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction

OPEN_SECONDS = 0.4


def overlapping(first, second):
    """What `second()` comes to when it begins while what `first()` did is not committed yet."""
    done = threading.Event()

    def hold():
        try:
            with transaction.atomic():
                first()
                done.set()
                time.sleep(OPEN_SECONDS)
        finally:
            done.set()
            connection.close()

    def follow():
        done.wait(10)
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        held, followed = pool.submit(hold), pool.submit(follow)
        held.result()
        return followed.result()
