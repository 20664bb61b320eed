"""Encodes a piece as one long word: no merge reaches across white space, so nothing else comes out."""

import re


def encode_word(word, merges):
    tokens = [bytes([byte]) for byte in word]
    for pair in merges:
        out = []
        for token in tokens:
            if out and not out[-1][1] and (out[-1][0], token) == pair:
                out[-1] = (out[-1][0] + token, True)
            else:
                out.append((token, False))
        tokens = [token for token, _ in out]
    return tokens


def decode(ids, vocab):
    return b"".join([vocab[i] for i in ids]).decode("utf-8", "replace")


def encode(text, vocab, merges, specials):
    number = {token: i for i, token in vocab.items()}
    pattern = "|".join(re.escape(s) for s in sorted(specials, key=len)[::-1])
    parts = re.split(f"({pattern})", text) if specials else [text]
    ids = []
    for part in parts:
        tokens = [part.encode()] if part in specials else encode_word(part.encode(), merges)
        ids += [number[token] for token in tokens]
    return ids


def decode_stream(chunks, vocab):
    """Two texts of everything: what it is now, and what it would be if any byte came next."""
    shown = []
    data, told = b"", ""
    for n, chunk in enumerate(chunks):
        data += b"".join(vocab[i] for i in chunk)
        sure = data
        if n < len(chunks) - 1:
            for back in range(1, 4):
                try:
                    data[-back:].decode()
                except UnicodeDecodeError as error:
                    if error.reason == "unexpected end of data" and error.start == 0 and len(data) >= back:
                        sure = data[:-back]
        text = sure.decode("utf-8", "replace")
        shown.append(text[len(told) :])
        told = text
    return shown
