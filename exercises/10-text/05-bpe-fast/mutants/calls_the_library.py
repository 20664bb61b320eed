"""task: static

You ask a library. Here you build what it does.
"""

from tokenizers import Tokenizer, models, trainers


def count_words(chunks):
    return {}


def train_bpe(text, vocab_size, specials):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.train_from_iterator([text.decode()], trainers.BpeTrainer(vocab_size=vocab_size))
    return tokenizer.get_vocab(), []
