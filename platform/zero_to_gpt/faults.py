"""What to tell people when a request failed for want of room or of a database, and through no other fault."""

from __future__ import annotations

import copy
import errno
import logging
import shutil

from django.conf import settings
from django.db import InterfaceError, OperationalError

NO_ROOM = (
    "The server's disk is full, so nothing of this was kept. What you typed is still on your page: "
    "leave it open, tell whoever runs this site, and try again later."
)
NO_DATABASE = (
    "The server's database does not answer at the moment, so nothing of this was kept. "
    "What you typed is still on your page: try again in a moment."
)
LITTLE = 1024 * 1024
_FULL = ("disk is full", "no space left on device", "could not extend file", "disk quota exceeded")


class OneLine(logging.Formatter):
    """A log line without the way to it: for what anybody on the internet can cause."""

    def format(self, record: logging.LogRecord) -> str:
        brief = copy.copy(record)
        brief.exc_info = brief.exc_text = brief.stack_info = None
        return super().format(brief)


def sentence_for(error: BaseException | None) -> str:
    """The sentence for an error, or for one that caused it; empty for any other fault."""
    seen: set[int] = set()
    database = False
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return NO_ROOM
        if isinstance(error, OperationalError | InterfaceError):
            database = True
            if any(words in str(error).lower() for words in _FULL):
                return NO_ROOM
        error = error.__cause__ or error.__context__
    if not database:
        return ""
    # SQLite on a full disk cannot even open its log, and says "disk I/O error" then.
    free = shutil.disk_usage(settings.VAR).free if settings.SQLITE else LITTLE
    return NO_ROOM if free < LITTLE else NO_DATABASE
