"""Goes once through the merges in their order, and looks at the bytes of what is unfinished."""


def encode_word(word, merges):
    tokens = [word[i : i + 1] for i in range(len(word))]
    for a, b in merges:
        i = 0
        while i < len(tokens) - 1:
            if tokens[i] == a and tokens[i + 1] == b:
                tokens[i : i + 2] = [a + b]
            i += 1
    return tokens


def decode(ids, vocab):
    data = bytearray()
    for i in ids:
        data += vocab[i]
    return str(data, "utf-8", "replace")


def encode(text, vocab, merges, specials):
    number = {vocab[i]: i for i in vocab}
    ids = []
    piece = ""

    def words(piece):
        for word in split_words(piece.encode("utf-8")):
            for token in encode_word(word, merges):
                ids.append(number[token])

    i = 0
    while i < len(text):
        here = max((s for s in specials if text.startswith(s, i)), key=len, default="")
        if here:
            words(piece)
            piece = ""
            ids.append(number[here.encode("utf-8")])
            i += len(here)
        else:
            piece += text[i]
            i += 1
    words(piece)
    return ids


def unfinished(data):
    """How many bytes at the end are the start of a character whose rest is missing."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte >= 0xC0:
            needs = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4 if byte < 0xF8 else 1
            return back if needs > back else 0
        if byte < 0x80:
            return 0
    return 0


def decode_stream(chunks, vocab):
    texts, rest = [], b""
    for chunk in chunks:
        rest += b"".join([vocab[i] for i in chunk])
        keep = unfinished(rest)
        texts.append(rest[: len(rest) - keep].decode("utf-8", "replace"))
        rest = rest[len(rest) - keep :]
    if texts:
        texts[-1] += rest.decode("utf-8", "replace")
    return texts
