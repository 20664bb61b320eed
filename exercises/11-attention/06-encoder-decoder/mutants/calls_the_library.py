"""task: static

This takes the blocks from the library. The point here is to put them together yourself.
"""

from torch import nn


class EncoderBlock(nn.TransformerEncoderLayer):
    def __init__(self, d, h, ff):
        super().__init__(d, h, ff, dropout=0.0, batch_first=True)
