"""task: 1, 2, 3, 4

You leave the lines in the order in which they came and put spaces between them. That is right for a page that
is in order already and has no headings and no hyphens; now find out what each line is.
"""


def running_lines(lines):
    return []


def reading_order(lines):
    return list(range(len(lines)))


def join_lines(texts, known):
    return " ".join(texts)


def to_markdown(lines, known):
    return "\n\n".join(line["text"] for line in lines)
