"""The five numbers that say how large a GPT is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """vocab: kinds of tokens, block: places, d: length of a row, heads: of each attention, layers: blocks."""

    vocab: int
    block: int
    d: int
    heads: int
    layers: int
