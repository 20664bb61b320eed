"""Peels six bits at a time off each number; cuts a page with one pattern for its sentences."""

import re
from itertools import groupby


def utf8_tokens(text):
    return [token for c in text for token in one_character(ord(c))]


def one_character(n):
    if n in range(0xD800, 0xE000):
        raise ValueError("lone surrogate")
    if n < 128:
        return [n]
    tail = []
    room = 64
    while n >= room:
        n, six = divmod(n, 64)
        tail.insert(0, 128 | six)
        room = room // 2 if len(tail) > 1 else 32
    head = {1: 0b11000000, 2: 0b11100000, 3: 0b11110000}[len(tail)]
    return [head | n, *tail]


def utf16_tokens(text):
    tokens = []
    for n in map(ord, text):
        if n >> 11 == 0b11011:
            raise ValueError("lone surrogate")
        tokens += [n] if n >> 16 == 0 else [0xD7C0 + (n >> 10), 0xDC00 | n & 0x3FF]
    return tokens


def utf16_text(data):
    numbers = list(data)
    if len(numbers) % 2:
        raise ValueError("half a token")
    tokens = [a << 8 | b for a, b in zip(numbers[::2], numbers[1::2])]
    if tokens[:1] == [0xFFFE]:
        tokens = [token >> 8 | (token & 255) << 8 for token in tokens]
    if tokens[:1] == [0xFEFF]:
        del tokens[0]
    out = []
    tokens.reverse()
    while tokens:
        token = tokens.pop()
        kind = token >> 10
        if kind == 54 and tokens and tokens[-1] >> 10 == 55:
            token = ((token - 0xD7C0) << 10) + (tokens.pop() & 0x3FF)
        elif kind in (54, 55):
            raise ValueError("half a pair")
        out.append(chr(token))
    return "".join(out)


SENTENCE = re.compile(
    r"""(?:`[^`]*`|.)*?(?:[。！？]["”’）)」』]*|[.!?]["”’）)」』]*(?=\s|\Z)|\Z)""", re.DOTALL
)
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")


def tongue(sentence):
    bare = re.sub("`[^`]*`", "0", sentence)
    chinese = len(HAN.findall(bare))
    rest = HAN.sub(" ", bare)
    words = len(list(filter(None, (kind for kind, _ in groupby(rest, str.isalpha)))))
    return (chinese > words) * 2 or min(words, 1)


def pair_paragraphs(text):
    queue = []
    for block in re.split("\n *\n", text + "\n\n"):
        mine = []
        for sentence in cut(block):
            t = tongue(sentence)
            if mine and (not t or not mine[-1][0] or t == mine[-1][0]):
                mine[-1] = [mine[-1][0] or t, mine[-1][1] + sentence]
            else:
                mine.append([t, sentence])
        queue += [(t, words.strip()) for t, words in mine if t]
    pairs = []
    for t, words in queue:
        if t == 2 and pairs and pairs[-1][0] and not pairs[-1][1]:
            pairs[-1] = (pairs[-1][0], words)
        else:
            pairs.append((words, "") if t == 1 else ("", words))
    return pairs


def cut(block):
    """A pattern that meets code may still give it up for a single backtick: so code is put aside first."""
    parts = re.split("(`[^`]*`)", block)
    marks = {chr(0xE000 + n): part for n, part in enumerate(parts) if n % 2}
    plain = "".join(chr(0xE000 + n) if n % 2 else part for n, part in enumerate(parts))
    found = [one for one in SENTENCE.findall(plain) if one.strip()]
    return ["".join(marks.get(c, c) for c in one) for one in found]
