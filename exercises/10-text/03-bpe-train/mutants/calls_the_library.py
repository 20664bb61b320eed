"""task: static

You ask a library for the vocabulary. It is twenty lines, and you will use them all through this course.
"""

from tokenizers import ByteLevelBPETokenizer


def count_pairs(words):
    return {}


def merge_pair(word, pair):
    return word


def train_bpe(text, vocab_size, specials):
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator([text.decode()], vocab_size=vocab_size, special_tokens=specials)
    return tokenizer.get_vocab(), []
