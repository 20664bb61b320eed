def count_words(chunks):
    """How often each word occurs in a text that arrives piece by piece.

    chunks: an iterator over bytes; it can be walked through once.  Returns a dict from word (bytes) to count.
    """
    ...


def train_bpe(text, vocab_size, specials):
    """Learn a vocabulary of vocab_size tokens from a text, fast.

    text: bytes.  vocab_size: a whole number.  specials: a list of texts (str).
    Returns (vocab, merges): a dict from id to bytes, and a list of pairs in the order they were learned.
    Raises ValueError if vocab_size has no room for the 256 bytes and the specials.
    """
    ...
