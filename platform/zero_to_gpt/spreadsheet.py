"""Tables that a spreadsheet opens: what people typed must not become a formula there."""

from __future__ import annotations

import re
from typing import Any

_SIGN = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
"""What begins a formula; the wide ones do where text is written in them."""
_FORMULA = re.compile(rf"^(?=[\t\r\n]|{_SIGN})|([;\t\r\n]\"*)(?={_SIGN})")
"""Where one may begin: at the start, and behind what some spreadsheets take for the end of a cell. With
German settings Excel parts cells at semicolons, and heeds no quotes of ours."""


def plain(value: Any) -> Any:
    """A text that looks like a formula, marked as text; everything else as it is."""
    return _FORMULA.sub(lambda at: f"{at[1] or ''}'", value) if isinstance(value, str) else value


def typed(text: str) -> str:
    """The text that `plain` marked, for a table that comes back."""
    return text[1:] if text.startswith("'") and plain(text[1:]) == text else text
