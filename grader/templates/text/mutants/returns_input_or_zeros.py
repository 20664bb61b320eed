"""task: 1

This returns the text as it came.
"""


def the_name(text):
    return text
