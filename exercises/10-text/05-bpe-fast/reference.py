import re
from collections import Counter


def count_words(chunks):
    """What a chunk ends with may go on in the next one, so it waits."""
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
    """One walk from the left, as in the exercise on training."""
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
    """Counts once. After that each merge looks at the words that hold its pair, and at no other."""
    room = vocab_size - 256 - len(specials)
    if room < 0:
        raise ValueError(f"{vocab_size} tokens have no room for 256 bytes and {len(specials)} specials")
    pieces = [text]
    if specials:
        longest_first = sorted(specials, key=len, reverse=True)
        pieces = re.split(b"|".join(re.escape(special.encode()) for special in longest_first), text)
    times = Counter()
    for piece in pieces:
        times.update(split_words(piece))
    words = {word: tuple(bytes([byte]) for byte in word) for word in times}
    counts = Counter()
    holders = {}  # pair: the words in which it stood at some time
    for word, tokens in words.items():
        for pair in zip(tokens, tokens[1:]):
            counts[pair] += times[word]
            holders.setdefault(pair, set()).add(word)
    merges = []
    while counts and len(merges) < room:
        most = max(counts.values())
        best = max(pair for pair, count in counts.items() if count == most)
        merges.append(best)
        for word in holders.pop(best):
            old = words[word]
            new = words[word] = merge_pair(old, best)
            for pair in zip(old, old[1:]):
                counts[pair] -= times[word]
                if not counts[pair]:
                    del counts[pair]
            for pair in zip(new, new[1:]):
                counts[pair] += times[word]
                holders.setdefault(pair, set()).add(word)
    tokens = [bytes([byte]) for byte in range(256)]
    tokens += [first + second for first, second in merges]
    tokens += [special.encode() for special in specials]
    return dict(enumerate(tokens)), merges
