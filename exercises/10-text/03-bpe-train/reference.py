import re
from collections import Counter


def count_pairs(words):
    """Each word brings its pairs as often as it occurs."""
    counts = Counter()
    for word, times in words.items():
        for pair in zip(word, word[1:]):
            counts[pair] += times
    return dict(counts)


def merge_pair(word, pair):
    """One walk from the left; a joined token is passed over as a whole."""
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
    """Words are counted once; then the most frequent pair is joined in all of them, again and again."""
    room = vocab_size - 256 - len(specials)
    if room < 0:
        raise ValueError(f"{vocab_size} tokens have no room for 256 bytes and {len(specials)} specials")
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
    tokens = [bytes([byte]) for byte in range(256)]
    tokens += [first + second for first, second in merges]
    tokens += [special.encode() for special in specials]
    return dict(enumerate(tokens)), merges
