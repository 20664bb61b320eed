"""Which texts are taken as a program, handed in or kept as a draft."""

from __future__ import annotations

from django.conf import settings

from zero_to_gpt.submissions.refusals import SourceTooLarge, UnreadableSource


def check_source(source: str) -> None:
    """Raises SourceTooLarge or UnreadableSource."""
    try:
        size = len(source.encode("utf-8"))
    except UnicodeEncodeError:
        raise UnreadableSource("The code is not valid UTF-8 text. Save the file as UTF-8.") from None
    if size > settings.SOURCE_LIMIT_BYTES:
        raise SourceTooLarge(
            f"The code is {size // 1024} kB long; the limit is {settings.SOURCE_LIMIT_BYTES // 1024} kB. "
            "Is a data file pasted in? This did not count as an attempt."
        )
    if "\0" in source:
        raise UnreadableSource("The code contains a NUL character, which Python cannot read.")
