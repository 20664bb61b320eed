"""task: static

This lets a library work out the loss and its slope. The point here is to keep the padding out yourself.
"""

import numpy as np
import torch


def masked_loss(logits, y, lengths):
    z = torch.tensor(logits, requires_grad=True)
    labels = np.where(np.arange(y.shape[1]) < lengths[:, None], y, -100)
    loss = torch.nn.functional.cross_entropy(
        z.flatten(0, 1), torch.tensor(labels).flatten(), ignore_index=-100
    )
    loss.backward()
    return loss.item(), z.grad.numpy()
