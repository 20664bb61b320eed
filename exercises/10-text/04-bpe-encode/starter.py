def encode_word(word, merges):
    """The tokens of one word.

    word: bytes.  merges: a list of pairs, as train_bpe returns it.  Returns a list of tokens (bytes).
    """
    ...


def decode(ids, vocab):
    """The text of token ids; bytes that are no text become the replacement character.

    ids: a list of whole numbers.  vocab: a dict from id to bytes.  Returns a str.
    """
    ...


def encode(text, vocab, merges, specials):
    """The token ids of a text.

    text: str.  vocab, merges, specials: as in train_bpe.  Returns a list of whole numbers.
    """
    ...


def decode_stream(chunks, vocab):
    """What can be shown after each chunk of ids.

    chunks: a list of lists of ids.  Returns a list of texts (str), one for each chunk.
    """
    ...
