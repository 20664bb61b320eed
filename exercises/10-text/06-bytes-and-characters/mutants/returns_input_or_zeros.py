"""task: 1, 2, 3, 4

You return the numbers of the characters, and the page as one passage. That is right for letters below 128 and
for a page of one language; now come the others.
"""


def utf8_tokens(text):
    return [ord(c) for c in text]


def utf16_tokens(text):
    return [ord(c) for c in text]


def utf16_text(data):
    return "".join(chr(n) for n in data)


def pair_paragraphs(text):
    return [(text, "")]
