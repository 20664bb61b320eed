def running_lines(lines):
    """The positions in `lines` of headers, footers and page numbers, from small to large.

    lines: a list of dicts with page, x0, y0, x1, y1, text and size.  Returns a list of whole numbers.
    """
    ...


def reading_order(lines):
    """The positions in `lines` in the order in which one reads them.

    lines: as above.  Returns a list of whole numbers, each position once.
    """
    ...


def join_lines(texts, known):
    """One text from lines, with the words that a line break cut put together again.

    texts: a list of str.  known: a set of words in lower case.  Returns a str.
    """
    ...


def to_markdown(lines, known):
    """The document as Markdown: headings, paragraphs and tables, without headers and footers.

    lines: as above.  known: as above.  Returns a str.
    """
    ...
