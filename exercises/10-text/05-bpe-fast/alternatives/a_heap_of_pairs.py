"""Keeps the pairs in a heap, throws old entries away when they come up, and changes neighbours only."""

import heapq
import re
from collections import Counter, defaultdict


def count_words(chunks):
    counts = defaultdict(int)
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        end = max(waiting.rfind(b" "), waiting.rfind(b"\n"))  # from there on a word may still grow
        if end > 0:
            for found in re.finditer(rb" ?[^\s]+|\s", bytes(waiting[:end])):
                counts[found.group()] += 1
            del waiting[:end]
    for word in split_words(bytes(waiting)):
        counts[word] += 1
    return dict(counts)


def backward(token):
    """A key that is smaller for a greater token."""
    return (*(255 - byte for byte in token), 256)


def train_bpe(text, vocab_size, specials):
    if vocab_size < 256 + len(specials):
        raise ValueError("the vocabulary is too small")
    pattern = b"|".join(re.escape(s.encode()) for s in sorted(specials, key=lambda s: -len(s.encode())))
    times = Counter()
    for piece in re.split(pattern, text) if specials else [text]:
        times.update(split_words(piece))
    words = [[bytes([b]) for b in word] for word in times]
    often = list(times.values())
    counts, places = Counter(), defaultdict(set)
    for n, tokens in enumerate(words):
        for pair in zip(tokens, tokens[1:]):
            counts[pair] += often[n]
            places[pair].add(n)
    heap = [(-count, backward(a), backward(b), a, b) for (a, b), count in counts.items()]
    heapq.heapify(heap)
    merges = []
    while heap and len(merges) < vocab_size - 256 - len(specials):
        count, _, _, a, b = heapq.heappop(heap)
        if counts.get((a, b), 0) != -count:
            continue
        merges.append((a, b))
        changed = set()
        for n in places.pop((a, b)):
            tokens, k = words[n], often[n]
            i = 0
            while i < len(tokens) - 1:
                if tokens[i] != a or tokens[i + 1] != b:
                    i += 1
                    continue
                if i > 0:
                    counts[tokens[i - 1], a] -= k
                    counts[tokens[i - 1], a + b] += k
                    places[tokens[i - 1], a + b].add(n)
                    changed |= {(tokens[i - 1], a), (tokens[i - 1], a + b)}
                if i + 2 < len(tokens):
                    counts[b, tokens[i + 2]] -= k
                    counts[a + b, tokens[i + 2]] += k
                    places[a + b, tokens[i + 2]].add(n)
                    changed |= {(b, tokens[i + 2]), (a + b, tokens[i + 2])}
                counts[a, b] -= k
                tokens[i : i + 2] = [a + b]
                i += 1
        for pair in changed:
            if counts[pair] > 0:
                heapq.heappush(heap, (-counts[pair], backward(pair[0]), backward(pair[1]), *pair))
            else:
                del counts[pair]
    vocab = {n: bytes([n]) for n in range(256)}
    for token in [a + b for a, b in merges] + [s.encode() for s in specials]:
        vocab[len(vocab)] = token
    return vocab, merges
