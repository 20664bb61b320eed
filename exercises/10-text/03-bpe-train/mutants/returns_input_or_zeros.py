"""task: 1, 2, 3

You return what you were handed, or nothing learned. Count, join, and learn the merges.
"""


def count_pairs(words):
    return {pair: 0 for word in words for pair in zip(word, word[1:])}


def merge_pair(word, pair):
    return word


def train_bpe(text, vocab_size, specials):
    return {i: bytes([i]) for i in range(256)}, []
