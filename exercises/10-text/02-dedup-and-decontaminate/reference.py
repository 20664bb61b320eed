from collections import defaultdict
from itertools import combinations, product

import numpy as np


def shingles(tokens, k=5):
    """Every k neighbours; a shorter text is one shingle as a whole."""
    if len(tokens) < k:
        return {tuple(tokens)} if tokens else set()
    return {tuple(tokens[i : i + k]) for i in range(len(tokens) - k + 1)}


def minhash(tokens, k=5, perms=128, seed=0):
    """A row for each hash function, a column for each shingle, and the smallest of each row."""
    a, b = family(perms, seed)
    x = np.array([number_of(shingle) for shingle in shingles(tokens, k)], dtype=np.int64)
    hashed = (a[:, None] * x + b[:, None]) % PRIME
    return hashed.min(axis=1, initial=PRIME)


def near_dups(docs, thr):
    """Signatures in 32 bands of 4 name the candidates; the shingles themselves decide."""
    tokens = [tokenize(doc) for doc in docs]
    sets = [shingles(each) for each in tokens]
    boxes = defaultdict(list)
    for i, each in enumerate(tokens):
        if each:
            for band, rows in enumerate(minhash(each).reshape(32, 4)):
                boxes[band, rows.tobytes()].append(i)
    candidates = {pair for box in boxes.values() for pair in combinations(box, 2)}
    return sorted((i, j) for i, j in candidates if len(sets[i] & sets[j]) / len(sets[i] | sets[j]) >= thr)


def deduplicate(docs, thr):
    """Groups grow along the pairs; of each group the longest stays."""
    group = list(range(len(docs)))
    for i, j in near_dups(docs, thr):
        old, new = group[j], group[i]
        group = [new if each == old else each for each in group]
    best = {}
    for i, doc in enumerate(docs):
        first = best.setdefault(group[i], i)
        if (len(doc), doc) > (len(docs[first]), docs[first]):
            best[group[i]] = i
    return sorted(best.values())


def contaminated(train, test, n=13):
    """What must not occur, by its length; then every text of the training data is searched for it."""
    grams = defaultdict(set)
    for tokens in map(tokenize, test):
        size = min(n, len(tokens))
        if size:
            grams[size] |= {tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1)}
    found = []
    for i, tokens in enumerate(map(tokenize, train)):
        if any(tuple(tokens[j : j + size]) in grams[size] for size in grams for j in range(len(tokens))):
            found.append(i)
    return found


def synthetic(templates, slots, test, thr):
    """Fill, drop near copies, drop what is in the test, count the different runs of three tokens."""
    texts = []
    for template in templates:
        for values in product(*slots.values()):
            text = template
            for name, value in zip(slots, values):
                text = text.replace("{" + name + "}", value)
            texts.append(text)
    texts = [texts[i] for i in deduplicate(texts, thr)]
    refused = set(contaminated(texts, test))
    texts = [text for i, text in enumerate(texts) if i not in refused]
    runs = [tuple(t[i : i + 3]) for t in map(tokenize, texts) for i in range(len(t) - 2)]
    return texts, len(set(runs)) / len(runs) if runs else 0.0
