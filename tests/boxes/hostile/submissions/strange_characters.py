"""Prints control characters, escapes, lone surrogates and direction marks.

Must: passed
"""

print("\x00\x1b[2J\x1b]0;owned\x07\r\b\b\b", "\udc80", "\u202egnp.exe", "\u200b" * 50, "\x9b31m")


def double(x):
    return x + x
