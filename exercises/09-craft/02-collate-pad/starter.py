import torch
from torch.utils.data import DataLoader, Dataset


# Task 1
def collate(batch, pad):
    """[LongTensor [t], ...] -> (ids [B, T] int64, mask [B, T] bool)"""
    ...


# Task 2
class Sentences(Dataset):
    def __init__(self, texts, labels, longest): ...


def loader(dataset, batch_size, pad, generator=None):
    """-> batches (ids [B, T], mask [B, T], labels [B]), every item once in each pass."""
    ...


# Task 3
def masked_mean(h, mask):
    """h [B, T, D], mask [B, T] -> [B, D]"""
    ...
