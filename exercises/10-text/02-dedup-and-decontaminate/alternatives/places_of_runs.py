"""No signatures for the pairs: the rarest runs of a text lead to those that share them (prefix filtering)."""

import re
from collections import Counter
from itertools import product

import numpy as np


def shingles(tokens, k=5):
    found = set(zip(*(tokens[i:] for i in range(k))))
    return found or {tuple(tokens)} - {()}


def minhash(tokens, k=5, perms=128, seed=0):
    a, b = family(perms, seed)
    smallest = np.full(perms, PRIME, dtype=np.int64)
    for shingle in shingles(tokens, k):
        smallest = np.minimum(smallest, (a * number_of(shingle) + b) % PRIME)
    return smallest


def near_dups(docs, thr):
    sets = [shingles(tokenize(doc)) for doc in docs]
    often = Counter(run for runs in sets for run in runs)
    places, pairs = {}, []
    for j, runs in enumerate(sets):
        rare_first = sorted(runs, key=lambda run: (often[run], run))
        near = set()
        for run in rare_first[: int(len(runs) * (1 - thr)) + 2]:
            near.update(places.get(run, ()))
            places.setdefault(run, []).append(j)
        for i in near:
            both = len(sets[i] & runs)
            if both / (len(sets[i]) + len(runs) - both) >= thr:
                pairs.append((i, j))
    return sorted(pairs)


def deduplicate(docs, thr):
    leader = list(range(len(docs)))

    def find(i):
        while leader[i] != i:
            i = leader[i]
        return i

    for i, j in near_dups(docs, thr):
        i, j = find(i), find(j)
        better = max((i, j), key=lambda at: (len(docs[at]), docs[at], -at))
        leader[i] = leader[j] = better
    return [i for i in range(len(docs)) if leader[i] == i]


def contaminated(train, test, n=13):
    wanted = {}
    for text in test:
        tokens = tokenize(text)
        if tokens:
            size = min(n, len(tokens))
            wanted.setdefault(size, set()).update(shingles(tokens, size))
    return [
        i
        for i, text in enumerate(train)
        if any(shingles(tokenize(text), size) & runs for size, runs in wanted.items())
    ]


def synthetic(templates, slots, test, thr):
    def fill(template, values):
        return re.sub(r"{([^{}]*)}", lambda at: dict(zip(slots, values))[at[1]], template)

    texts = [fill(template, values) for template in templates for values in product(*slots.values())]
    texts = [texts[i] for i in deduplicate(texts, thr)]
    bad = contaminated(texts, test)
    texts = [text for i, text in enumerate(texts) if i not in bad]
    runs = Counter()
    for text in texts:
        tokens = tokenize(text)
        runs.update(zip(tokens, tokens[1:], tokens[2:]))
    return texts, len(runs) / max(1, sum(runs.values()))
