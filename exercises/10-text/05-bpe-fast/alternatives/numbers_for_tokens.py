"""Works with numbers of tokens, and with what a merge changed in the pairs of a word as one difference."""

import re
from collections import Counter


def count_words(chunks):
    counts = {}

    def add(words):
        for word in words:
            counts[word] = counts.get(word, 0) + 1

    held = b""
    for chunk in chunks:
        held = held + chunk
        if len(held) > 5000:
            words = split_words(held)
            held = words[-1]
            add(words[:-1])
    add(split_words(held))
    return counts


def train_bpe(text, vocab_size, specials):
    room = vocab_size - 256 - len(specials)
    if room < 0:
        raise ValueError("no room")
    if specials:
        marks = sorted(map(str.encode, specials), key=len)[::-1]
        words = Counter()
        for piece in re.compile(b"|".join(map(re.escape, marks))).split(text):
            words.update(split_words(piece))
    else:
        words = Counter(split_words(text))
    token = [bytes([n]) for n in range(256)]
    spelled = [list(word) for word in words]
    weight = list(words.values())
    total, where = {}, {}
    for n, ids in enumerate(spelled):
        for pair, k in Counter(zip(ids, ids[1:])).items():
            total[pair] = total.get(pair, 0) + k * weight[n]
            where.setdefault(pair, []).append(n)
    merges = []
    while total and len(merges) < room:
        top = max(total.values())
        best = max((pair for pair in total if total[pair] == top), key=lambda p: (token[p[0]], token[p[1]]))
        new = len(token)
        token.append(token[best[0]] + token[best[1]])
        merges.append((token[best[0]], token[best[1]]))
        for n in set(where.pop(best)):
            ids = spelled[n]
            after = []
            for i in ids:
                if after and i == best[1] and after[-1] == best[0]:
                    after[-1] = new
                else:
                    after.append(i)
            change = Counter(zip(after, after[1:]))
            change.subtract(zip(ids, ids[1:]))
            for pair, k in change.items():
                if k > 0:
                    where.setdefault(pair, []).append(n)
                total[pair] = total.get(pair, 0) + k * weight[n]
                if total[pair] == 0:
                    del total[pair]
            spelled[n] = after
    token += [special.encode() for special in specials]
    return dict(enumerate(token)), merges
