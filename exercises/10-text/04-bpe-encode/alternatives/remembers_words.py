"""Keeps the tokens of words that came before, and shows what is new of a growing text."""

import re


def encode_word(word, merges):
    rank = dict(zip(merges, range(len(merges))))
    parts = [bytes([b]) for b in word]
    while len(parts) > 1:
        best = min(range(len(parts) - 1), key=lambda i: rank.get((parts[i], parts[i + 1]), len(rank)))
        if (parts[best], parts[best + 1]) not in rank:
            break
        parts = parts[:best] + [parts[best] + parts[best + 1]] + parts[best + 2 :]
    return parts


def decode(ids, vocab):
    tokens = map(vocab.__getitem__, ids)
    return b"".join(tokens).decode(errors="replace")


def encode(text, vocab, merges, specials):
    ids_of = dict(zip(vocab.values(), vocab.keys()))
    known = {}
    ids = []
    pattern = "|".join(re.escape(s) for s in sorted(specials, key=lambda s: -len(s)))
    at = 0
    for found in re.finditer(pattern, text) if specials else []:
        ids.extend(of_piece(text[at : found.start()], ids_of, merges, known))
        ids.append(ids_of[found.group().encode()])
        at = found.end()
    return ids + of_piece(text[at:], ids_of, merges, known)


def of_piece(piece, ids_of, merges, known):
    ids = []
    for word in split_words(piece.encode()):
        if word not in known:
            known[word] = [ids_of[token] for token in encode_word(word, merges)]
        ids.extend(known[word])
    return ids


def decode_stream(chunks, vocab):
    """Of all that came, the text up to where one more byte could still change it."""
    shown = []
    data, done = b"", 0
    for n, chunk in enumerate(chunks):
        data += b"".join(vocab[i] for i in chunk)
        end = len(data)
        if n < len(chunks) - 1:
            for back in (1, 2, 3):
                tail = data[-back:]
                if back <= len(data) and 0xC0 <= tail[0] < 0xF8:
                    whole = 2 if tail[0] < 0xE0 else 3 if tail[0] < 0xF0 else 4
                    if whole > back and all(0x80 <= byte < 0xC0 for byte in tail[1:]):
                        end = len(data) - back
        shown.append(data[done:end].decode("utf-8", "replace"))
        done = end
    return shown
