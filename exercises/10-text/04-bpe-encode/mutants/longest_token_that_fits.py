"""task: 1, 3

You take the longest token of the vocabulary that fits, from the left. It looks the same on many words and is
another rule: with (b, c) learned before (a, b), the word abc is a, bc and not ab, c.
"""

import codecs
import re


def encode_word(word, merges):
    known = {a + b for a, b in merges}
    tokens = []
    while word:
        n = len(word)
        while n > 1 and word[:n] not in known:
            n -= 1
        tokens.append(word[:n])
        word = word[n:]
    return tokens


def decode(ids, vocab):
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")


def encode(text, vocab, merges, specials):
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
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    return [
        decoder.decode(b"".join(vocab[i] for i in chunk), n == len(chunks) - 1)
        for n, chunk in enumerate(chunks)
    ]
