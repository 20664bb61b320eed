"""Knows no dictionary of words: the whole text is one list of tokens with None between words."""


def count_pairs(words):
    found = [pair for word, times in words.items() for pair in list(zip(word, word[1:])) * times]
    return {pair: found.count(pair) for pair in set(found)}


def merge_pair(word, pair):
    word = list(word)
    for i in range(len(word) - 1):
        if word[i] is not None and (word[i], word[i + 1]) == pair:
            word[i], word[i + 1] = word[i] + word[i + 1], None
    return tuple(token for token in word if token is not None)


def cut(text, specials):
    """Pieces between the specials, found one place after another."""
    piece, i = b"", 0
    while i < len(text):
        here = [s for s in specials if text.startswith(s, i)]
        if here:
            yield piece
            piece = b""
            i += max(map(len, here))
        else:
            piece += text[i : i + 1]
            i += 1
    yield piece


def train_bpe(text, vocab_size, specials):
    marks = [special.encode() for special in specials]
    room = vocab_size - 256 - len(marks)
    if room < 0:
        raise ValueError("no room")
    tokens = []
    for piece in cut(text, marks):
        for word in split_words(piece):
            tokens += [bytes([b]) for b in word] + [None]
    merges = []
    for _ in range(room):
        counts = {}
        for pair in zip(tokens, tokens[1:]):
            if None not in pair:
                counts[pair] = counts.get(pair, 0) + 1
        if not counts:
            break
        first, second = sorted(counts, key=lambda pair: (counts[pair], pair))[-1]
        merges.append((first, second))
        out = []
        skip = False
        for a, b in zip(tokens, [*tokens[1:], None]):
            if skip:
                skip = False
            elif a == first and b == second:
                out.append(a + b)
                skip = True
            else:
                out.append(a)
        tokens = out
    vocab = [bytes([b]) for b in range(256)] + [a + b for a, b in merges] + marks
    return {i: token for i, token in enumerate(vocab)}, merges
