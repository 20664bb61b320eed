"""Numbers that people send in addresses and forms, where they stand for a row or an event."""

from __future__ import annotations


class Key:
    """A key in the path of an address (`<key:...>`). `int` would take numbers that no column holds."""

    regex = "[0-9]{1,18}"
    to_python = staticmethod(int)
    to_url = staticmethod(str)


def key_of(text: str) -> int | None:
    """The key of a row, or None where a text is no such number: plain digits, as many as a column holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
