"""Keeps the counts of all pairs and changes only those of words in which something was joined."""

import re


def count_pairs(words):
    counts = {}
    for word in words:
        for i in range(len(word) - 1):
            key = (word[i], word[i + 1])
            counts[key] = counts.get(key, 0) + words[word]
    return counts


def merge_pair(word, pair):
    out = []
    for token in word:
        if out and not out[-1][1] and (out[-1][0], token) == tuple(pair):
            out[-1] = (out[-1][0] + token, True)  # joined: it takes part in no second pair
        else:
            out.append((token, False))
    return [token for token, _ in out]


def train_bpe(text, vocab_size, specials):
    if vocab_size < 256 + len(specials):
        raise ValueError("too small")
    marks = sorted((s.encode("utf-8") for s in specials), key=lambda s: -len(s))
    pieces = re.split(b"|".join(map(re.escape, marks)), text) if marks else [text]
    times = {}
    for piece in pieces:
        for word in split_words(piece):
            times[word] = times.get(word, 0) + 1
    words = [[tuple(bytes((b,)) for b in word), n] for word, n in times.items()]
    counts = {}

    def change(word, n):
        for pair in zip(word, word[1:]):
            counts[pair] = counts.get(pair, 0) + n
            if not counts[pair]:
                del counts[pair]

    for word, n in words:
        change(word, n)
    vocab = {i: bytes((i,)) for i in range(256)}
    merges = []
    while counts and len(vocab) + len(specials) < vocab_size:
        most = max(counts.values())
        best = max(pair for pair, count in counts.items() if count == most)
        vocab[len(vocab)] = best[0] + best[1]
        merges.append(best)
        for entry in words:
            if best[0] in entry[0]:
                new = tuple(merge_pair(entry[0], best))
                if new != entry[0]:
                    change(entry[0], -entry[1])
                    change(new, entry[1])
                    entry[0] = new
    for special in specials:
        vocab[len(vocab)] = special.encode("utf-8")
    return vocab, merges
