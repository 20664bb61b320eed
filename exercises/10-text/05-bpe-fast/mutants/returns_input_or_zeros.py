"""task: 1, 2

You return the words of the first chunk, and a vocabulary without merges. That is where training starts.
"""


def count_words(chunks):
    return {word: 1 for word in split_words(next(iter(chunks), b""))}


def train_bpe(text, vocab_size, specials):
    return {n: bytes([n]) for n in range(256)}, []
