"""task: 2

You join a word to bytes and look for the joined pair in them. Tokens have borders: (ab, c) does not hold the
pair (a, bc), although both are abc when written without a space.
"""

import re
from collections import Counter


def count_pairs(words):
    counts = Counter()
    for word, times in words.items():
        for pair in zip(word, word[1:]):
            counts[pair] += times
    return dict(counts)


def merge_pair(word, pair):
    joined = pair[0] + pair[1]
    out, i = [], 0
    while i < len(word):
        n = 1
        while n < len(word) - i and len(b"".join(word[i : i + n])) < len(joined):
            n += 1
        if n > 1 and b"".join(word[i : i + n]) == joined:
            out.append(joined)
            i += n
        else:
            out.append(word[i])
            i += 1
    return tuple(out)


def train_bpe(text, vocab_size, specials):
    room = vocab_size - 256 - len(specials)
    if room < 0:
        raise ValueError("no room")
    pieces = [text]
    if specials:
        longest_first = sorted(specials, key=len, reverse=True)
        pieces = re.split(b"|".join(re.escape(special.encode()) for special in longest_first), text)
    words = Counter()
    for piece in pieces:
        for word in split_words(piece):
            words[tuple(bytes([byte]) for byte in word)] += 1
    merges = []
    for _ in range(room):
        counts = count_pairs(words)
        if not counts:
            break
        best = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(best)
        joined = Counter()
        for word, times in words.items():
            joined[merge_pair(word, best)] += times
        words = joined
    tokens = [bytes([byte]) for byte in range(256)] + [a + b for a, b in merges]
    tokens += [special.encode() for special in specials]
    return dict(enumerate(tokens)), merges
