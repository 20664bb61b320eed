"""What is refused, and in which words: raised where something is asked for, shown by pages and API."""

from __future__ import annotations

from typing import ClassVar

from zero_to_gpt.catalog.models import Revision


class Refused(Exception):
    """A request that cannot be taken. `text` is for the person, `code` and `status` (HTTP's) for programs."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class SourceTooLarge(Refused):
    code = "source_too_large"
    status = 413


class UnreadableSource(Refused):
    code = "unreadable_source"
    status = 422


class NotReady(Refused):
    code = "not_ready"
    status = 409


class RevisionChanged(Refused):
    code = "revision_changed"
    status = 409

    def __init__(self, current: Revision) -> None:
        super().__init__(
            "This exercise changed since you opened it. Reload to see the new text; your code is kept."
        )
        self.current = current


class AskedByOthers(Refused):
    code = "asked_by_others"
    status = 403


class Gone(Refused):
    """Whoever asks has no account any more."""

    code = "signed_out"
    status = 401


class SolutionClosed(Refused):
    code = "solution_closed"


class PieceMissing(Refused):
    code = "piece_missing"
    status = 409


class TooFast(Refused):
    code = "too_fast"
    status = 429

    def __init__(self, text: str, retry_after: int) -> None:
        super().__init__(text)
        self.retry_after = retry_after
