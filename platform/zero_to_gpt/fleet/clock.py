"""The one clock of all hosts: the database's. Hosts may disagree about the time; leases must not.

In a query it is `Now()`. SQLite's is the machine's own clock, and every process of such an installation
is on that machine.
"""

from __future__ import annotations

import datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime.datetime:
    """The time by the database's clock, for what is computed or shown outside a query."""
    if connection.vendor == "sqlite":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT STATEMENT_TIMESTAMP()")
        found: datetime.datetime = cursor.fetchone()[0]
    return found
