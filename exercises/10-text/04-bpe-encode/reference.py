import codecs
import re


def encode_word(word, merges):
    """The pair that was learned first is joined first, wherever it stands."""
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    tokens = [bytes([byte]) for byte in word]
    while True:
        pairs = [pair for pair in zip(tokens, tokens[1:]) if pair in ranks]
        if not pairs:
            return tokens
        first = min(pairs, key=ranks.get)
        joined, i = [], 0
        while i < len(tokens):
            if tuple(tokens[i : i + 2]) == first:
                joined.append(first[0] + first[1])
                i += 2
            else:
                joined.append(tokens[i])
                i += 1
        tokens = joined


def decode(ids, vocab):
    """All bytes first: a character may be spread over several tokens."""
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")


def encode(text, vocab, merges, specials):
    """Specials are cut out and kept; each word between them is encoded for itself."""
    ids_of = {token: i for i, token in vocab.items()}
    parts = [text]
    if specials:
        longest_first = sorted(specials, key=len, reverse=True)
        parts = re.split("(" + "|".join(re.escape(special) for special in longest_first) + ")", text)
    ids = []
    for n, part in enumerate(parts):
        if n % 2:
            ids.append(ids_of[part.encode()])
        else:
            for word in split_words(part.encode()):
                ids += [ids_of[token] for token in encode_word(word, merges)]
    return ids


def decode_stream(chunks, vocab):
    """What is unfinished at the end of a chunk waits for the next one; the last one waits for nothing."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    shown = []
    for n, chunk in enumerate(chunks):
        data = b"".join(vocab[i] for i in chunk)
        shown.append(decoder.decode(data, n == len(chunks) - 1))
    return shown
