"""task: 1, 2, 3

You return what you were handed, or nothing. Mend, clean, and keep what is good.
"""


def repair(text):
    return text


def clean_text(text):
    return ""


def clean(records):
    return [dict(record) for record in records]
