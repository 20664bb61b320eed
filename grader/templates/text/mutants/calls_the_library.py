"""task: static

Python's `collections` does this in one call. It is forbidden here: build it yourself.
"""

import collections


def the_name(text):
    return collections.Counter(text)
