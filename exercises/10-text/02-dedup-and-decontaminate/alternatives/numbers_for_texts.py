"""Whole numbers for tuples, other bands than the page proposes, and groups by walking along the pairs."""

import numpy as np


def shingles(tokens, k=5):
    out = set()
    last = max(len(tokens) - k, 0)
    for start in range(last + 1):
        run = tuple(tokens[start : start + k])
        if run:
            out.add(run)
    return out


def minhash(tokens, k=5, perms=128, seed=0):
    a, b = (np.asarray(each).tolist() for each in family(perms, seed))
    numbers = [number_of(run) for run in shingles(tokens, k)]
    if not numbers:
        return np.full(perms, PRIME)
    x = np.array(numbers, dtype=np.uint64)
    rows = [((np.uint64(a[i]) * x + np.uint64(b[i])) % np.uint64(PRIME)).min() for i in range(perms)]
    return np.array(rows).astype(np.int64)


def near_dups(docs, thr):
    tokens = list(map(tokenize, docs))
    sets = [frozenset(hash(run) for run in shingles(each)) for each in tokens]
    boxes = {}
    for i, each in enumerate(tokens):
        if not each:
            continue
        a, b = family(96, 11)
        x = np.array([number_of(run) for run in shingles(each)], dtype=np.int64)
        signature = ((np.outer(a, x) + b[:, None]) % PRIME).min(axis=1)
        for band in range(32):
            boxes.setdefault((band, *signature[3 * band : 3 * band + 3].tolist()), set()).add(i)
    pairs = set()
    for box in boxes.values():
        for i in box:
            for j in box:
                if i < j and (i, j) not in pairs:
                    both = len(sets[i] & sets[j])
                    if both / (len(sets[i]) + len(sets[j]) - both) >= thr:
                        pairs.add((i, j))
    return sorted(pairs)


def deduplicate(docs, thr):
    neighbours = {i: {i} for i in range(len(docs))}
    for i, j in near_dups(docs, thr):
        neighbours[i].add(j)
        neighbours[j].add(i)
    left, kept = set(neighbours), []
    while left:
        group, new = set(), {left.pop()}
        while new:
            group |= new
            new = set().union(*(neighbours[i] for i in new)) - group
        left -= group
        kept.append(sorted(group, key=lambda i: (-len(docs[i]), [-ord(c) for c in docs[i]], i))[0])
    kept.sort()
    return kept


def contaminated(train, test, n=13):
    """Tokens between line ends, so that a run is a piece of text."""
    sought = []
    for text in test:
        tokens = tokenize(text)
        sought += ["\n" + "\n".join(run) + "\n" for run in shingles(tokens, n)]
    lines = ["\n" + "\n".join(tokenize(text)) + "\n" for text in train]
    return [i for i, line in enumerate(lines) if any(run in line for run in sought)]


def synthetic(templates, slots, test, thr):
    made = []
    for template in templates:
        open_texts = [template]
        for name, values in slots.items():
            open_texts = [text.replace("{%s}" % name, value) for text in open_texts for value in values]
        made.extend(open_texts)
    kept = [made[i] for i in deduplicate(made, thr)]
    leaked = contaminated(kept, test)
    kept = [text for i, text in enumerate(kept) if i not in leaked]
    every = []
    for text in kept:
        tokens = tokenize(text)
        if len(tokens) >= 3:
            every += [tuple(tokens[i : i + 3]) for i in range(len(tokens) - 2)]
    diversity = 0.0
    if every:
        diversity = len(set(every)) / len(every)
    return kept, diversity
