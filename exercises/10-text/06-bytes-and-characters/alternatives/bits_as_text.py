"""Fills bits, as text of zeros and ones, into patterns; walks through a page by its characters."""

PATTERNS = [
    (0x80, ["0"]),
    (0x800, ["110", "10"]),
    (0x10000, ["1110", "10", "10"]),
    (0x110000, ["11110", "10", "10", "10"]),
]


def no_surrogates(text):
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("a lone surrogate is no character")


def utf8_tokens(text):
    no_surrogates(text)
    tokens = []
    for c in text:
        heads = next(heads for limit, heads in PATTERNS if ord(c) < limit)
        room = sum(8 - len(head) for head in heads)
        bits = format(ord(c), "b").zfill(room)
        for head in heads:
            take = 8 - len(head)
            tokens.append(int(head + bits[:take], 2))
            bits = bits[take:]
    return tokens


def utf16_tokens(text):
    no_surrogates(text)
    tokens = []
    for c in text:
        if ord(c) <= 0xFFFF:
            tokens.append(ord(c))
        else:
            bits = format(ord(c) - 0x10000, "020b")
            tokens.append(int("110110" + bits[:10], 2))
            tokens.append(int("110111" + bits[10:], 2))
    return tokens


def utf16_text(data):
    if len(data) % 2 == 1:
        raise ValueError("an odd number of bytes")
    order = "little" if data.startswith(b"\xff\xfe") else "big"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data[2:]
    text = ""
    while data:
        first = int.from_bytes(data[:2], order)
        used = 2
        if first >> 10 == 0b110110:
            second = int.from_bytes(data[2:4], order)
            if second >> 10 != 0b110111:
                raise ValueError("the second half is missing")
            first = 0x10000 + ((first & 1023) << 10 | second & 1023)
            used = 4
        elif first >> 10 == 0b110111:
            raise ValueError("the first half is missing")
        text += chr(first)
        data = data[used:]
    return text


def han(c):
    n = ord(c)
    return 0x3400 <= n <= 0x4DBF or 0x4E00 <= n <= 0x9FFF or 0x20000 <= n <= 0x323AF


def pieces(paragraph):
    """Characters and whole code spans, one after another."""
    out, i = [], 0
    while i < len(paragraph):
        stop = paragraph.find("`", i + 1) + 1 if paragraph[i] == "`" else 0
        stop = stop or i + 1
        out.append(paragraph[i:stop])
        i = stop
    return out


def sentences(paragraph):
    parts = pieces(paragraph)
    sentence = []
    i = 0
    while i < len(parts):
        sentence.append(parts[i])
        i += 1
        if sentence[-1] in list("。！？.!?"):
            mark = sentence[-1]
            j = i
            while j < len(parts) and parts[j] in list('"”’）)」』'):
                j += 1
            if mark in "。！？" or j == len(parts) or parts[j].isspace():
                yield sentence + parts[i:j]
                sentence, i = [], j
    if "".join(sentence).strip():
        yield sentence


def spoken(sentence):
    chinese = words = 0
    before = False
    for part in sentence:
        letter = len(part) == 1 and part.isalpha()
        if letter and han(part):
            chinese += 1
            letter = False
        elif letter and not before:
            words += 1
        before = letter
    if chinese > words:
        return "zh"
    return "en" if words else None


def pair_paragraphs(text):
    runs = []
    block = []
    for line in text.split("\n") + [""]:
        if line.strip():
            block.append(line)
            continue
        own = []
        for sentence in sentences("\n".join(block)):
            tongue, words = spoken(sentence), "".join(sentence)
            if own and (tongue is None or own[-1][0] in (None, tongue)):
                own[-1] = (own[-1][0] or tongue, own[-1][1] + words)
            else:
                own.append((tongue, words))
        runs += [(tongue, words.strip()) for tongue, words in own if tongue]
        block = []
    pairs = []
    i = 0
    while i < len(runs):
        if runs[i][0] == "zh":
            pairs.append(("", runs[i][1]))
        elif i + 1 < len(runs) and runs[i + 1][0] == "zh":
            pairs.append((runs[i][1], runs[i + 1][1]))
            i += 1
        else:
            pairs.append((runs[i][1], ""))
        i += 1
    return pairs
