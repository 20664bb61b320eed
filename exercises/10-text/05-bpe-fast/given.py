"""Given: how a text is cut into words. Nothing is ever joined across the border of two words."""

import re


def split_words(text):
    """Cut bytes into words; joined again they are the text.  bytes -> list of bytes

    A word is a run of bytes without white space, with the one space before it, if there is one. All
    other white space is a word of its own, each byte.
    """
    return re.findall(rb" ?[^\s]+|\s", text)
