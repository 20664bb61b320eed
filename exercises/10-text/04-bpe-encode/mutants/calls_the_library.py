"""task: static

You ask a library. Here you build what it does.
"""

import tiktoken


def encode_word(word, merges):
    return [word]


def decode(ids, vocab):
    return tiktoken.get_encoding("gpt2").decode(ids)


def encode(text, vocab, merges, specials):
    return tiktoken.get_encoding("gpt2").encode(text)


def decode_stream(chunks, vocab):
    return [decode(chunk, vocab) for chunk in chunks]
