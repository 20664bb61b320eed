"""Sends values for calls that were not asked, twice, and with a wrong nonce.

Must: failed
"""

import sys

import kernel
import wire


def double(x):
    frame = sys._getframe()
    while "how" not in frame.f_locals:
        frame = frame.f_back
    nonce = frame.f_locals["how"]["nonce"]
    blob = wire.encode(x)
    for call in (-1, 0, 0, 1, 2, 99, "0", True, None, 10**30):
        for word in (nonce, "guess", None):
            told = {"data": {kernel.VALUE: {"nonce": word, "call": call}}, "metadata": {}}
            kernel.current.publish("display_data", told, buffers=[blob, blob])
    return x
