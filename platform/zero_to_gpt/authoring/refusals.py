"""What is refused to authors, and in which words: raised where something is changed, shown by their pages."""

from __future__ import annotations

from typing import ClassVar


class Refused(Exception):
    """A request that cannot be taken. `text` is for the author, `code` and `status` (HTTP's) for the page."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Overtaken(Refused):
    """Somebody else saved in between."""

    code = "overtaken"
    status = 409


class TooMuch(Refused):
    """The author's budget, or the size of what they sent."""

    code = "too_much"
    status = 413
