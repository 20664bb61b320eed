"""The settings: one table of variables, safe where nothing is set."""

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from zero_to_gpt import variables
from zero_to_gpt.faults import OneLine

ROOT = Path(__file__).resolve().parents[2]


def setting(expression, **environment):
    """What an expression about the settings says in a fresh process with these variables."""
    result = subprocess.run(
        [sys.executable, "-c", f"from zero_to_gpt import settings; print(({expression}))"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": "platform:."} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_a_secret_is_made_once_for_this_user_only(tmp_path):
    first = variables.secret_key(tmp_path)
    assert variables.secret_key(tmp_path) == first
    assert len(first) > 50
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_two_installations_never_share_a_secret(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert variables.secret_key(tmp_path / "a") != variables.secret_key(tmp_path / "b")


def test_debug_is_off_unless_asked_for(tmp_path):
    assert setting("settings.DEBUG", VAR_DIR=str(tmp_path)) == "False"
    assert setting("settings.DEBUG", VAR_DIR=str(tmp_path), DEBUG="1") == "True"


def test_an_https_address_turns_secure_cookies_on(tmp_path):
    expression = (
        "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS > 0"
    )
    assert setting(expression, VAR_DIR=str(tmp_path)) == "(False, False, False)"
    secure = setting(expression, VAR_DIR=str(tmp_path), PUBLIC_URL="https://gpt.example")
    assert secure == "(True, True, True)"


def test_a_mail_server_makes_the_address_check_mandatory(tmp_path):
    expression = "settings.ACCOUNT_EMAIL_VERIFICATION, settings.EMAIL_BACKEND.split('.')[-2]"
    assert setting(expression, VAR_DIR=str(tmp_path)) == "('optional', 'console')"
    with_server = setting(expression, VAR_DIR=str(tmp_path), EMAIL_URL="smtp+tls://u:p@mail.example:587")
    assert with_server == "('mandatory', 'smtp')"


def test_a_postgresql_address_is_understood(tmp_path):
    engine = setting(
        "settings.DATABASES['default']['ENGINE'], settings.DATABASES['default']['HOST']",
        VAR_DIR=str(tmp_path),
        DATABASE_URL="postgres://u:p@db/name",
    )
    assert engine == "('django.db.backends.postgresql', 'db')"


def refused(tmp_path, **environment):
    """The one line with which a process ends that cannot use its settings."""
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("PUBLIC_URL", "gpt.example.org", "write https://gpt.example.org."),
        ("PUBLIC_URL", "ftp://gpt.example.org", "write https://gpt.example.org."),
        ("PUBLIC_URL", "https://gpt.example.org/course", "write https://gpt.example.org."),
        ("PUBLIC_URL", "https://gpt.example.org:port", "write one like"),
        ("DATABASE_URL", "foo", "write one like postgres://"),
        ("DATABASE_URL", "postgres://host", "names no database"),
        ("DATABASE_URL", "mysql://u:p@host/name", "write one like postgres://"),
        ("BROKER_URL", "localhost", "write one like redis://"),
        ("CACHE_URL", "foo", "write one like redis://"),
        ("EMAIL_URL", "mail.example.org", "write one like smtp+tls://"),
        ("SLOTS", "abc", "write one, for example 2."),
        ("SLOTS", "0", "at least 1"),
        ("PORT", "99999", "ports end at 65535"),
        ("DEBUG", "maybe", "neither true nor false"),
        ("LOG_LEVEL", "loud", "write DEBUG"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy", "'proxy', which is no network"),
    ],
)
def test_a_value_that_cannot_be_used_ends_in_a_sentence_with_its_name(tmp_path, name, value, advice):
    line = refused(tmp_path, **{name: value})
    assert line.startswith(f"{name} ")
    assert advice in line


def test_a_password_in_an_address_is_not_repeated(tmp_path):
    assert "hunter2" not in refused(tmp_path, DATABASE_URL="postgres://u:hunter2@host")
    assert "hunter2" not in refused(tmp_path, EMAIL_URL="smpt://u:hunter2@host")


def test_a_slash_at_the_end_of_the_public_address_is_no_part_of_it(tmp_path):
    expression = "settings.PUBLIC_URL, settings.CSRF_TRUSTED_ORIGINS, settings.ALLOWED_HOSTS[-1]"
    found = setting(expression, VAR_DIR=str(tmp_path), PUBLIC_URL="https://GPT.example.org/")
    assert found == "('https://gpt.example.org', ['https://gpt.example.org'], 'gpt.example.org')"


def test_every_variable_says_what_it_is_for_and_stands_once():
    names = [variable.name for variable in variables.VARIABLES]
    assert len(set(names)) == len(names)
    assert all(variable.meaning for variable in variables.VARIABLES)


def test_nothing_but_the_table_reads_the_environment():
    for file in (ROOT / "platform" / "zero_to_gpt").rglob("*.py"):
        if file.name in ("variables.py", "asgi.py", "celery.py"):
            continue
        assert "os.environ" not in file.read_text(), file


@pytest.mark.django_db
def test_the_shared_cache_is_there_after_migrate():
    cache.set("k", "v")
    assert cache.get("k") == "v"


@pytest.mark.django_db(transaction=True)
def test_sqlite_runs_as_it_was_measured():
    if connection.vendor != "sqlite":
        assert connection.vendor == "postgresql"
        return
    with connection.cursor() as cursor:
        found = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 1, 1]
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.django_db
def test_pages_forbid_foreign_and_inline_scripts():
    policy = Client().get("/api/v1/openapi.json")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'self';" in policy + ";"
    assert "frame-ancestors 'none'" in policy


def test_a_foreign_host_is_refused_and_logged_in_one_line(client, caplog):
    log = logging.getLogger("django.security.DisallowedHost")
    log.addHandler(caplog.handler)
    try:
        assert client.get("/", headers={"Host": "elsewhere.example"}).status_code == 400
    finally:
        log.removeHandler(caplog.handler)
    (record,) = caplog.records
    assert record.exc_info
    (handler,) = (each for each in log.handlers if isinstance(each.formatter, OneLine))
    line = handler.format(record)
    assert "elsewhere.example" in line and "\n" not in line
