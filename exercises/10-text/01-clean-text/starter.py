def repair(text):
    """Undo one wrong reading: UTF-8 that was read as Windows-1252 or Latin-1.

    text: a text (str).  Returns the mended text, or the same text if not all of it fits.
    """
    ...


def clean_text(text):
    """The text by the eight rules, in rounds until a round changes nothing.

    text: a text (str).  Returns a text.
    """
    ...


def clean(records):
    """The records that stay, cleaned, in their order.

    records: a list of dicts with "id", "lang", "licence", "votes", "escaped", "question", "answer"
    and perhaps more.
    Returns a list of new dicts with the same keys.
    """
    ...
