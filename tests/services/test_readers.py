"""Many readers at once on a database that takes a hundred connections: all are answered."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from django.conf import settings
from django.db import connection

from tests.db.serving import Site
from zero_to_gpt.catalog.models import Exercise

READERS = 150


def test_a_hundred_and_fifty_readers_are_all_answered(slope: Exercise, tmp_path: Path) -> None:
    """Before, each had a connection of its own, and PostgreSQL refused what was over its hundred."""
    database = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{connection.settings_dict['NAME']}"
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    given = {"DATABASE_URL": database, "SECRET_KEY": settings.SECRET_KEY, "WEB_THREADS": ""}

    def read(number: int) -> int:
        path = "/healthz" if number % 3 == 0 else f"/exercises/{slope.name}/"
        return requests.get(f"{site.url}{path}", timeout=120).status_code

    with Site(folder, **given) as site, ThreadPoolExecutor(READERS) as pool:
        statuses = list(pool.map(read, range(3 * READERS)))
    assert statuses == [200] * 3 * READERS
