def shingles(tokens, k=5):
    """The set of all runs of k neighbours.

    tokens: a list of texts.  Returns a set of tuples of k tokens each,
    or of one shorter tuple, or an empty set.
    """
    ...


def minhash(tokens, k=5, perms=128, seed=0):
    """The signature of a list of tokens.

    Returns an int64 array of shape [perms]: for each hash function its smallest value over all shingles.
    """
    ...


def near_dups(docs, thr):
    """The pairs of texts whose sets of shingles are alike.

    docs: a list of texts.  thr: a number from 0.8 to 1.
    Returns a sorted list of pairs (i, j) of indices with i < j.
    """
    ...


def deduplicate(docs, thr):
    """The texts that stay when of each group of near copies one is kept.

    Returns their indices, in ascending order.
    """
    ...


def contaminated(train, test, n=13):
    """The indices of the training texts that share a run of n tokens with a test text, in ascending order.

    train, test: lists of texts.
    """
    ...


def synthetic(templates, slots, test, thr):
    """Texts made from templates, without near copies and without what is in the test.

    templates: a list of texts with {name} in them.  slots: a dict from a name to the list of its values.
    Returns (texts, diversity): a list of texts, and a number from 0 to 1.
    """
    ...
