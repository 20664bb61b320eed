"""Tables that a spreadsheet opens: what people typed must not become a formula there."""

from __future__ import annotations

from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula in some spreadsheet, also in full width (OWASP, "CSV Injection")."""


def plain(value: Any) -> Any:
    """A text that looks like a formula, marked as text; everything else as it is."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
