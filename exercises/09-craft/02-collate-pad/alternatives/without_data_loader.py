"""Rows are padded and stacked, the loader is a class of its own, the mean is a product of matrices."""

import torch
from torch.utils.data import Dataset


def collate(batch, pad):
    lengths = torch.tensor([len(item) for item in batch])
    longest = int(lengths.max())
    rows = [torch.cat([item, item.new_full((longest - len(item),), pad)]) for item in batch]
    return torch.stack(rows), torch.arange(longest) < lengths[:, None]


class Sentences(Dataset):
    def __init__(self, texts, labels, longest):
        self.items = []
        for text, label in zip(texts, labels):
            self.items.append((torch.tensor(text[:longest]).long(), label))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        ids, label = self.items[i]
        return ids.clone(), label


class Loader:
    def __init__(self, dataset, batch_size, pad, generator):
        self.dataset, self.batch_size, self.pad, self.generator = dataset, batch_size, pad, generator

    def __len__(self):
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self):
        order = torch.arange(len(self.dataset))
        if self.generator is not None:
            order = torch.randperm(len(self.dataset), generator=self.generator)
        for rows in order.split(self.batch_size):
            items = [self.dataset[i] for i in rows.tolist()]
            yield *collate([ids for ids, _ in items], self.pad), torch.tensor([label for _, label in items])


def loader(dataset, batch_size, pad, generator=None):
    return Loader(dataset, batch_size, pad, generator)


def masked_mean(h, mask):
    clean = torch.where(mask[..., None], h, torch.zeros_like(h))
    weights = mask.to(h.dtype) / torch.clamp(mask.sum(dim=1, keepdim=True), min=1)
    return torch.einsum("bt,btd->bd", weights.to(h.dtype), clean)
