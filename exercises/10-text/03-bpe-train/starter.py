def count_pairs(words):
    """How often each pair of neighbours occurs.

    words: dict from a word (a tuple of tokens, each bytes) to how often it occurs.
    Returns a dict from a pair (a tuple of two tokens) to its count.
    """
    ...


def merge_pair(word, pair):
    """The word with the pair joined, wherever it stands, from the left.

    word: a tuple of tokens.  pair: a tuple of two tokens.  Returns a tuple of tokens.
    """
    ...


def train_bpe(text, vocab_size, specials):
    """Learn a vocabulary of vocab_size tokens from a text.

    text: bytes.  vocab_size: a whole number.  specials: a list of texts (str).
    Returns (vocab, merges): a dict from id to bytes, and a list of pairs in the order they were learned.
    Raises ValueError if vocab_size has no room for the 256 bytes and the specials.
    """
    ...
