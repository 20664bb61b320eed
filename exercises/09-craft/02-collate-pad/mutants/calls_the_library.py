"""task: static

This lets the library fill up the short ones. Here it is yours to write.
"""

import torch
from torch.nn.utils.rnn import pad_sequence


def collate(batch, pad):
    ids = pad_sequence(batch, batch_first=True, padding_value=pad)
    return ids, torch.tensor([[t < len(item) for t in range(ids.shape[1])] for item in batch])
