"""The whole of an installation on SQLite in one file, and back.

SQLite's own backup copies a consistent state while others write, and into a database that others have open as
one transaction, so nobody ever sees half of it. With PostgreSQL its own tools do this (docs/operations.md).
"""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from zero_to_gpt.schedule import Schedule

BUSY_SECONDS = 60.0


class BackupError(Exception):
    """Nothing was changed; the message is for whoever typed the command."""


def usual_file() -> Path:
    """Where a backup goes that was given no name: a file of its own for each second."""
    return _folder() / f"{_now()}.sqlite3"


def save(file: Path) -> None:
    """Write a backup of this installation's database: the whole file or none, readable by this user only.

    Raises BackupError.
    """
    source = _database()
    if not source.exists():
        raise BackupError(f"There is no database at {source} yet.")
    if file.exists():
        raise BackupError(f"{file} exists already; name another file, or move that one away.")
    try:
        file.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        with _hidden_beside(file) as part:
            with _opened(source) as of, _opened(part) as to:
                of.backup(to)
                to.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
                _sound(to, part)
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.rename(file)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"The backup could not be written to {file}: {error}.") from error


def restore(file: Path) -> Path | None:
    """Make a backup the database of this installation. The one that was there is kept: its file.

    Not while `./run` serves this folder. Raises BackupError.
    """
    target = _database()
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    schedule = Schedule(settings.VAR)
    try:
        if not schedule.take():
            raise BackupError(
                f"The process {schedule.holder()} serves this folder: stop it first (Ctrl+C where it runs)."
            )
        with _opened(file, read_only=True) as of:
            _sound(of, file)
            _known(of, file)
            connection.close()
            before = _kept(target) if target.exists() else None
            with _opened(target) as to:
                to.execute("PRAGMA journal_mode=WAL")
                of.backup(to)
            target.chmod(0o600)
    except sqlite3.Error as error:
        raise BackupError(f"{file} could not be restored: {error}.") from error
    finally:
        schedule.free()
    return before


def _kept(target: Path) -> Path:
    """A backup of what is there now; of what is damaged the files themselves, which somebody may yet read."""
    file = _folder() / f"before-restore-{_now()}.sqlite3"
    try:
        save(file)
    except BackupError:
        file.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                target.with_name(target.name + ending).rename(file.with_name(file.name + ending))
    return file


def _folder() -> Path:
    folder: Path = settings.VAR / "backups"
    return folder


def _now() -> str:
    return f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H%M%SZ}"


def _database() -> Path:
    if not settings.SQLITE:
        raise BackupError(
            "This installation keeps its data in PostgreSQL: pg_dump saves it and psql brings it back. "
            "docs/operations.md has the commands, under Backups."
        )
    return Path(settings.DATABASES["default"]["NAME"])


@contextmanager
def _opened(file: Path, *, read_only: bool = False) -> Iterator[sqlite3.Connection]:
    mode = "ro" if read_only else "rwc"
    where = f"{file.resolve().as_uri()}?mode={mode}"
    with closing(sqlite3.connect(where, uri=True, timeout=BUSY_SECONDS, isolation_level=None)) as opened:
        yield opened


@contextmanager
def _hidden_beside(file: Path) -> Iterator[Path]:
    """A new file in the same folder, for this user only; gone afterwards unless it got its name."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield part
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()


def _sound(database: sqlite3.Connection, file: Path) -> None:
    found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise BackupError(f"{file} is damaged: {found}.")


def _known(database: sqlite3.Connection, file: Path) -> None:
    """It is a database of this project, and of no newer version than this one."""
    try:
        applied = set(database.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.OperationalError:
        applied = set()
    if ("submissions", "0001_squashed") not in applied:
        raise BackupError(f"{file} is no database of Zero to GPT.")
    disk = MigrationLoader(None).disk_migrations
    newer = sorted(f"{app}.{name}" for app, name in applied - set(disk))
    if newer:
        raise BackupError(
            f"{file} is of a newer version of Zero to GPT, which knows {newer[0]}: take that version first."
        )
