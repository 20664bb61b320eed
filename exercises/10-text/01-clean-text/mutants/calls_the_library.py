"""task: static

You let a library guess what was wrong. It guesses well, but nobody can say which rules your data went
through.
"""

import ftfy


def repair(text):
    return ftfy.fix_encoding(text)


def clean_text(text):
    return ftfy.fix_text(text)


def clean(records):
    return [{**record, "answer": ftfy.fix_text(record["answer"])} for record in records]
