"""task: 1, 2, 3

Your functions hand their inputs back, or zeros. Begin with the table full of `pad` of Task 1.
"""

import torch
from torch.utils.data import Dataset


def collate(batch, pad):
    longest = max(len(item) for item in batch)
    return torch.zeros(len(batch), longest, dtype=torch.int64), torch.zeros(
        len(batch), longest, dtype=torch.bool
    )


class Sentences(Dataset):
    def __init__(self, texts, labels, longest):
        self.texts, self.labels = texts, labels

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, i):
        return self.texts[i], self.labels[i]


def loader(dataset, batch_size, pad, generator=None):
    return [dataset[i] for i in range(len(dataset))]


def masked_mean(h, mask):
    return torch.zeros(h.shape[0], h.shape[2], dtype=h.dtype)
