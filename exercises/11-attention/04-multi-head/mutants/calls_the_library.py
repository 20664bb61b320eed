"""task: static

This takes the module from the library. The point here is to build it.
"""

import torch


class MHA(torch.nn.MultiheadAttention):
    def forward(self, x, context=None, mask=None):
        context = x if context is None else context
        return super().forward(x, context, context, attn_mask=mask)[0]
