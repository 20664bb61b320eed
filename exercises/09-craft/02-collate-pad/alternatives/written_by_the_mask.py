"""The real tokens are poured through the mask, a sampler brings the order, the mean is taken row by row."""

from functools import partial

import torch
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler, SequentialSampler


def collate(batch, pad):
    lengths = [item.shape[0] for item in batch]
    mask = torch.tensor([[t < n for t in range(max(lengths))] for n in lengths], dtype=torch.bool)
    mask = mask.reshape(len(batch), max(lengths))
    ids = torch.empty(mask.shape, dtype=torch.long).fill_(pad)
    ids[mask] = torch.cat(batch)
    return ids, mask


class Sentences(Dataset):
    def __init__(self, texts, labels, longest):
        self.pairs, self.longest = list(zip(texts, labels)), longest

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, i):
        text, label = self.pairs[i]
        return torch.LongTensor([token for place, token in enumerate(text) if place < self.longest]), label


def _together(pairs, pad):
    texts, labels = zip(*pairs)
    return (*collate(list(texts), pad), torch.LongTensor(labels))


def loader(dataset, batch_size, pad, generator=None):
    order = SequentialSampler(dataset) if generator is None else RandomSampler(dataset, generator=generator)
    batches = BatchSampler(order, batch_size, drop_last=False)
    return DataLoader(dataset, batch_sampler=batches, collate_fn=partial(_together, pad=pad))


def masked_mean(h, mask):
    rows = [row[real].mean(dim=0) if real.any() else (row[real]).sum(dim=0) for row, real in zip(h, mask)]
    return torch.stack(rows)
