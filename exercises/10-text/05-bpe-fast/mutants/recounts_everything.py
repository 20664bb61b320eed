"""task: 2

Your vocabulary is right, but you count all pairs of all words anew for every merge. Count once; after a
merge only the words that held its pair have other pairs.
"""

import re
from collections import Counter


def count_words(chunks):
    counts = Counter()
    rest = b""
    for chunk in chunks:
        words = split_words(rest + chunk)
        rest = words.pop() if words else b""
        counts.update(words)
    if rest:
        counts[rest] += 1
    return dict(counts)


def merge_pair(word, pair):
    out, i = [], 0
    while i < len(word):
        if word[i : i + 2] == pair:
            out.append(pair[0] + pair[1])
            i += 2
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
    times = Counter()
    for piece in pieces:
        times.update(split_words(piece))
    words = {word: tuple(bytes([byte]) for byte in word) for word in times}
    merges = []
    while len(merges) < room:
        counts = Counter()
        for word, tokens in words.items():
            for pair in zip(tokens, tokens[1:]):
                counts[pair] += times[word]
        if not counts:
            break
        best = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(best)
        words = {word: merge_pair(tokens, best) for word, tokens in words.items()}
    tokens = [bytes([byte]) for byte in range(256)]
    tokens += [first + second for first, second in merges]
    tokens += [special.encode() for special in specials]
    return dict(enumerate(tokens)), merges
