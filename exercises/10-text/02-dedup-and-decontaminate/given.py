"""Given: how a text is cut into tokens, and numbers for shingles that are the same on every machine."""

import hashlib
import re
from functools import cache

import numpy as np

PRIME = 2**31 - 1


def tokenize(text):
    """The tokens of a text: in small letters, without punctuation.  str -> list of str

    A token is one Chinese character, or a run of other letters and digits.
    """
    return re.findall(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+", text.lower())


def number(text):
    """A whole number from 0 to 2**64 - 1 for a text, the same in every run and on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def number_of(shingle):
    """A whole number from 0 to PRIME - 1 for a tuple of tokens."""
    return number("\n".join(shingle)) % PRIME


@cache
def family(perms, seed):
    """The numbers a and b of `perms` hash functions, (a * x + b) % PRIME.

    Two int64 arrays of shape [perms], which are made once and cannot be written to.
    """
    a = np.array([1 + number(f"a {seed} {i}") % (PRIME - 1) for i in range(perms)], dtype=np.int64)
    b = np.array([number(f"b {seed} {i}") % PRIME for i in range(perms)], dtype=np.int64)
    a.flags.writeable = b.flags.writeable = False
    return a, b
