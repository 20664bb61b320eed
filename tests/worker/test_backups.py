"""`./run backup` and `./run restore` as an operator types them, on folders with a real database."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.db.serving import migrated
from zero_to_gpt.schedule import Schedule

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated(tmp_path_factory.mktemp("empty"), DATABASE_URL="")


@pytest.fixture
def site(empty: Path, tmp_path: Path) -> Path:
    """A VAR_DIR whose database is there and has nobody in it."""
    folder = tmp_path / "site"
    folder.mkdir(mode=0o700)
    shutil.copy(empty / "db.sqlite3", folder)
    return folder


def command(site: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"VAR_DIR": str(site), "DATABASE_URL": "", "BROKER_URL": "", "PYTHONPATH": "platform:."}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=os.environ | given | environment,
        check=False,
        capture_output=True,
        text=True,
    )


def done(site: Path, *words: str) -> str:
    result = command(site, *words)
    assert result.returncode == 0, result.stderr
    return result.stdout


def refused(site: Path, *words: str, **environment: str) -> str:
    """The sentence of a command that refuses; nothing of the site changed."""
    before = people(site)
    result = command(site, *words, **environment)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert people(site) == before
    return result.stderr


def people(site: Path) -> list[str]:
    return people_in(site / "db.sqlite3")


def people_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as database:
        return [email for (email,) in database.execute("SELECT email FROM accounts_user ORDER BY email")]


def add(database: sqlite3.Connection, *emails: str) -> None:
    """In one transaction."""
    usual = dict.fromkeys(("is_superuser", "is_staff", "is_active"), 0)
    columns = [row[1] for row in database.execute("PRAGMA table_info(accounts_user)") if row[1] != "id"]
    with database:
        for email in emails:
            row = dict.fromkeys(columns, "2026-01-01") | usual | {"email": email, "theme": "system"}
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            insert = f"INSERT INTO accounts_user ({names}) VALUES ({marks})"  # noqa: S608  our own columns
            database.execute(insert, [*row.values()])


@pytest.fixture
def joins(site: Path) -> Iterator[Callable[..., None]]:
    with closing(sqlite3.connect(site / "db.sqlite3", timeout=30)) as database:
        yield lambda *emails: add(database, *emails)


def test_what_was_saved_comes_back_and_what_was_there_is_kept(site, tmp_path, joins):
    joins("ada@example.org")
    file = tmp_path / "elsewhere" / "monday.sqlite3"
    said = done(site, "backup", str(file))
    assert f"./run restore {file}" in said
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    joins("grace@example.org")
    said = done(site, "restore", str(file))
    assert people(site) == ["ada@example.org"]
    (kept,) = (site / "backups").iterdir()
    assert str(kept) in said
    assert people_in(kept) == ["ada@example.org", "grace@example.org"]
    with closing(sqlite3.connect(site / "db.sqlite3")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_backup_moves_to_a_new_machine(site, tmp_path, joins):
    joins("ada@example.org")
    done(site, "backup", str(tmp_path / "all.sqlite3"))
    new = tmp_path / "new"
    new.mkdir(mode=0o700)
    assert "kept in" not in done(new, "restore", str(tmp_path / "all.sqlite3"))
    assert people(new) == ["ada@example.org"]
    assert (new / "db.sqlite3").stat().st_mode & 0o777 == 0o600


def test_an_older_backup_is_brought_to_this_version(site, tmp_path, joins):
    done(site, "migrate", "authoring", "zero", "--verbosity", "0")
    joins("ada@example.org")
    done(site, "backup", str(tmp_path / "old.sqlite3"))
    done(site, "restore", str(tmp_path / "old.sqlite3"))
    assert command(site, "migrate", "--check").returncode == 0
    assert people(site) == ["ada@example.org"]


def test_backups_are_whole_while_people_write(site, tmp_path):
    """Two people join in each transaction: no backup has one without the other."""
    stop, joined = threading.Event(), 0

    def write() -> None:
        nonlocal joined
        with closing(sqlite3.connect(site / "db.sqlite3", timeout=30)) as database:
            while not stop.is_set():
                add(database, f"{joined}-one@example.org", f"{joined}-two@example.org")
                joined += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counts = []
        for number in range(3):
            file = tmp_path / f"{number}.sqlite3"
            done(site, "backup", str(file))
            counts.append(len(people_in(file)))
    finally:
        stop.set()
        writer.join()
    assert all(count % 2 == 0 for count in counts)
    assert 0 < counts[0] < counts[1] < counts[2] < 2 * joined


def test_a_backup_never_takes_the_place_of_another_file(site, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    assert f"{file} exists already" in refused(site, "backup", str(file))
    assert file.read_text() == "mine"


def test_what_is_no_backup_is_not_restored(site, tmp_path, joins):
    joins("ada@example.org")
    assert "There is no file" in refused(site, "restore", str(tmp_path / "nothing.sqlite3"))
    assert "file is not a database" in refused(site, "restore", str(ROOT / "README.md"))
    foreign = tmp_path / "foreign.sqlite3"
    with closing(sqlite3.connect(foreign)) as database:
        database.execute("CREATE TABLE accounts (name text)")
    assert "is no database of Zero to GPT" in refused(site, "restore", str(foreign))
    newer = tmp_path / "newer.sqlite3"
    done(site, "backup", str(newer))
    with closing(sqlite3.connect(newer)) as database, database:
        insert = "INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, ?)"
        database.execute(insert, ("accounts", "0999_later", "2030-01-01"))
    said = refused(site, "restore", str(newer))
    assert "of a newer version of Zero to GPT, which knows accounts.0999_later" in said
    assert not (site / "backups").exists()


def spoiled(file: Path) -> None:
    """Overwrite what stands after the first page of a database."""
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(8192)
        opened.write(os.urandom(size - 8192))


def test_a_damaged_database_is_found_and_replaced(site, tmp_path, joins):
    joins("ada@example.org")
    good, bad = tmp_path / "good.sqlite3", tmp_path / "bad.sqlite3"
    done(site, "backup", str(good))
    shutil.copy(good, bad)
    spoiled(bad)
    assert "malformed" in (said := refused(site, "restore", str(bad))) or "is damaged" in said
    with closing(sqlite3.connect(site / "db.sqlite3")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    spoiled(site / "db.sqlite3")
    broken = (site / "db.sqlite3").read_bytes()
    result = command(site, "backup", str(tmp_path / "useless.sqlite3"))
    assert result.returncode == 1
    assert not (tmp_path / "useless.sqlite3").exists()
    assert "Traceback" not in result.stderr
    done(site, "restore", str(good))
    assert people(site) == ["ada@example.org"]
    (kept,) = (site / "backups").glob("*.sqlite3")
    assert kept.read_bytes() == broken


def test_nothing_is_restored_under_a_running_server(site, tmp_path):
    file = tmp_path / "all.sqlite3"
    done(site, "backup", str(file))
    schedule = Schedule(site)
    assert schedule.take()
    try:
        done(site, "backup", str(tmp_path / "meanwhile.sqlite3"))
        said = refused(site, "restore", str(file))
        assert f"The process {os.getpid()} serves this folder: stop it first" in said
    finally:
        schedule.free()
    done(site, "restore", str(file))


def test_postgresql_has_tools_of_its_own(site):
    said = refused(site, "backup", DATABASE_URL="postgres://nobody@nowhere/nothing")
    assert "pg_dump" in said
    assert "docs/operations.md" in said


def test_a_file_is_named_from_where_the_command_is_typed(site, tmp_path, joins):
    joins("ada@example.org")
    environment = os.environ | {"VAR_DIR": str(site), "DATABASE_URL": "", "BROKER_URL": ""}
    for words in (["backup", "mine.sqlite3"], ["restore", "mine.sqlite3"]):
        subprocess.run([ROOT / "run", *words], cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert people_in(tmp_path / "mine.sqlite3") == people(site) == ["ada@example.org"]
