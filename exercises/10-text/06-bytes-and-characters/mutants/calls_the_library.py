"""task: static

You ask Python's own codecs. Here you build what they do, bit by bit.
"""


def utf8_tokens(text):
    return list(text.encode("utf-8"))


def utf16_tokens(text):
    data = text.encode("utf-16-be")
    return [256 * a + b for a, b in zip(data[::2], data[1::2])]


def utf16_text(data):
    return data.decode("utf-16")


def pair_paragraphs(text):
    return []
