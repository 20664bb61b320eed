"""task: 1, 2, 3, 4

You use single bytes only. That is right as a start; now join the pairs that were learned.
"""


def encode_word(word, merges):
    return [bytes([byte]) for byte in word]


def decode(ids, vocab):
    return ""


def encode(text, vocab, merges, specials):
    return list(text.encode())


def decode_stream(chunks, vocab):
    return ["" for _ in chunks]
