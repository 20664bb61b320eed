"""Every environment variable that the project reads, in one table; a test compares it with README."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Variable:
    """`default` is what an unset variable means; its type is the variable's type."""

    name: str
    default: str | int | float | bool | list[str]
    meaning: str


VARIABLES = (
    Variable("VAR_DIR", "var", "folder of everything that is made at run time: database, broker, secret"),
    Variable("DATABASE_URL", "", "unset: SQLite in VAR_DIR; or postgres://user:password@host/name"),
    Variable("BROKER_URL", "filesystem://", "Celery's broker; redis://host/0 for more than one machine"),
    Variable("CACHE_URL", "dbcache://cache", "shared cache of sign-in limits; redis://host/1 also works"),
    Variable("SECRET_KEY", "", "unset: made once and kept in VAR_DIR/secret"),
    Variable("DEBUG", False, "Django's debug pages; for development only"),
    Variable("PORT", 8000, "port on which `./run` serves"),
    Variable("PUBLIC_URL", "", "address that people type; https turns secure cookies on"),
    Variable("ALLOWED_HOSTS", [], "further host names that are answered (comma separated)"),
    Variable("EMAIL_URL", "consolemail://", "mail server, e.g. smtp+tls://user:password@host:587"),
    Variable("EMAIL_FROM", "zero-to-gpt@localhost", "sender of our mails"),
    Variable(
        "SANDBOX", "", "docker, container, bubblewrap or bubblewrap-single; unset: the strongest that works"
    ),
    Variable("SANDBOX_HOME", "", "folder of sandbox libraries and images; unset: VAR_DIR/sandbox"),
    Variable("SLOTS", 2, "submissions that one worker grades at the same time"),
    Variable("WARM_BOXES", 2, "boxes of each used profile that one worker keeps ready"),
    Variable("LEASE_SECONDS", 20, "a worker silent for so long loses its submission to another one"),
    Variable("RUNS_PER_MINUTE", 60, "how often one person may press Run"),
    Variable("SUBMITS_PER_MINUTE", 30, "how often one person may press Submit"),
    Variable("STATIC_HASHED", False, "serve collected static files under hashed names (after collectstatic)"),
    Variable("LOG_LEVEL", "INFO", "what is logged to standard error"),
)

_env = environ.Env()
_table = {variable.name: variable for variable in VARIABLES}


def read(name: str) -> Any:
    """The value of one variable of the table, in the type of its default. An empty text means unset."""
    default = _table[name].default
    if not os.environ.get(name, "").strip():
        return default
    if isinstance(default, bool):
        return _env.bool(name)
    if isinstance(default, int):
        return _env.int(name)
    if isinstance(default, float):
        return _env.float(name)
    if isinstance(default, list):
        return _env.list(name)
    return _env.str(name)


def made_folder(path: Path) -> Path:
    """`path`, made private to this user when it was missing."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret_key(var: Path) -> str:
    """SECRET_KEY, or the one in var/secret, made on first use. Two first starts agree on one key."""
    given = str(read("SECRET_KEY"))
    if given:
        return given
    file = var / "secret"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secrets.token_urlsafe(50))
    return file.read_text().strip()
