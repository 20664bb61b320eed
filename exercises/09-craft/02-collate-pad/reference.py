"""A collate function with a mask from lengths, a dataset and its loader, a mean that is safe from padding."""

import torch
from torch.utils.data import DataLoader, Dataset


def collate(batch, pad):
    longest = max(len(item) for item in batch)
    ids = torch.full((len(batch), longest), pad, dtype=torch.int64)
    mask = torch.zeros(len(batch), longest, dtype=torch.bool)
    for row, item in enumerate(batch):
        ids[row, : len(item)] = item
        mask[row, : len(item)] = True
    return ids, mask


class Sentences(Dataset):
    def __init__(self, texts, labels, longest):
        self.texts = texts
        self.labels = labels
        self.longest = longest

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, i):
        tokens = self.texts[i][: self.longest]
        return torch.tensor(tokens, dtype=torch.int64), self.labels[i]


def loader(dataset, batch_size, pad, generator=None):
    def together(pairs):
        ids, mask = collate([item for item, _ in pairs], pad)
        return ids, mask, torch.tensor([label for _, label in pairs])

    shuffle = generator is not None
    return DataLoader(dataset, batch_size, shuffle=shuffle, generator=generator, collate_fn=together)


def masked_mean(h, mask):
    total = h.masked_fill(~mask[:, :, None], 0).sum(dim=1)
    count = mask.sum(dim=1).clamp(min=1)
    return total / count[:, None]
