"""Numbers that people send in addresses and forms, where they stand for a row or an event."""

from __future__ import annotations


def key_of(text: str) -> int | None:
    """The key of a row, or None where a text is no such number: plain digits, as many as a column holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
