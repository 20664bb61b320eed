"""Every environment variable that the project reads, in one table; a test compares it with README."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from kombu.transport import TRANSPORT_ALIASES

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Variable:
    """`default` is what an unset variable means; its type is the variable's type."""

    name: str
    default: str | int | float | bool | list[str]
    meaning: str
    least: int = 1
    """The smallest value of a whole number."""


VARIABLES = (
    Variable("VAR_DIR", "var", "folder of everything that is made at run time: database, broker, secret"),
    Variable("DATABASE_URL", "", "unset: SQLite in VAR_DIR; or postgres://user:password@host/name"),
    Variable("BROKER_URL", "filesystem://", "Celery's broker; redis://host/0 for more than one machine"),
    Variable("CACHE_URL", "dbcache://cache", "shared cache of sign-in limits; redis://host/1 also works"),
    Variable("SECRET_KEY", "", "unset: made once and kept in VAR_DIR/secret"),
    Variable("DEBUG", False, "Django's debug pages; for development only"),
    Variable("HOST", "127.0.0.1", "address on which `./run` serves; 0.0.0.0 is every one of this machine"),
    Variable("PORT", 8000, "port on which `./run` serves"),
    Variable("PUBLIC_URL", "", "address that people type and mails name; https turns secure cookies on"),
    Variable("ALLOWED_HOSTS", [], "further host names that are answered (comma separated)"),
    Variable("TRUSTED_PROXIES", [], "proxies (networks) whose X-Forwarded-For and -Proto are believed"),
    Variable("WEB_THREADS", 16, "requests, and so database connections, of one web process at a time"),
    Variable("CONNECTIONS", 1000, "open connections of one web process; the slowest give place"),
    Variable("STREAMS", 500, "live lines of submissions that one web process keeps open"),
    Variable("EMAIL_URL", "consolemail://", "mail server, e.g. smtp+tls://user:password@host:587"),
    Variable("EMAIL_FROM", "zero-to-gpt@localhost", "sender of our mails"),
    Variable(
        "SANDBOX", "", "docker, container, bubblewrap or bubblewrap-single; unset: the strongest that works"
    ),
    Variable("GPU", "", "of a GPU worker: nvidia, or fake (fake:3 for three slices) to look at; unset: none"),
    Variable("SANDBOX_HOME", "", "folder of sandbox libraries and images; unset: VAR_DIR/sandbox"),
    Variable("SLOTS", 2, "submissions that one worker grades at the same time"),
    Variable("WARM_BOXES", 2, "boxes of each used profile that one worker keeps ready", least=0),
    Variable("LEASE_SECONDS", 10, "a worker silent for so long loses its submission to another one"),
    Variable("RUNS_PER_MINUTE", 60, "how often one person may press Run"),
    Variable("SUBMITS_PER_MINUTE", 30, "how often one person may press Submit"),
    Variable("PROOF_MINUTES", 60, "minutes of proofs (Validate) that one author may use in a day"),
    Variable("SHOWS", True, "visitors of the first page may begin the training of a tiny GPT, one at a time"),
    Variable(
        "STATIC_HASHED", False, "serve collected static files, hashed and compressed; `./run` turns it on"
    ),
    Variable("LOG_LEVEL", "INFO", "what is logged to standard error"),
)

_table = {variable.name: variable for variable in VARIABLES}
_TRUE, _FALSE = ("1", "true", "yes", "y", "on", "ok"), ("0", "false", "no", "n", "off")


def refuse(name: str, why: str) -> NoReturn:
    """End this process with one sentence for whoever set the variable. Secrets in it are not repeated."""
    raise SystemExit(f"{name} {why}")


def read(name: str) -> Any:
    """The value of one variable of the table, in the type of its default. An empty text means unset.

    What cannot be read as that type ends the process with a sentence.
    """
    default = _table[name].default
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if isinstance(default, bool):
        if text.lower() not in _TRUE + _FALSE:
            refuse(name, f"is {text!r}, which is neither true nor false: write one of these words.")
        return text.lower() in _TRUE
    if isinstance(default, int):
        least = _table[name].least
        if not (text.isascii() and text.isdigit() and least <= int(text[:10]) < 10**9):
            wrong = f"is {text!r}, which is no whole number of at least {least}"
            refuse(name, f"{wrong}: write one, for example {default}.")
        return int(text)
    if isinstance(default, list):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def public_url() -> str:
    """PUBLIC_URL as scheme, host and port, without a slash at its end; empty where it is unset."""
    text = str(read("PUBLIC_URL"))
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  raises where it is not a number
    except ValueError:
        refuse("PUBLIC_URL", f"is {text!r}, which is no address: write one like https://gpt.example.org.")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        host = text.partition("://")[2] or text
        refuse("PUBLIC_URL", f"is {text!r}, which lacks http:// or https://: write https://{host}.")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        whole = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        refuse("PUBLIC_URL", f"names more than a host: the site lies at its root, so write {whole}.")
    return f"{parts.scheme}://{parts.netloc}".lower()


def port() -> int:
    found = int(read("PORT"))
    if found > 65535:
        refuse("PORT", f"is {found}: ports end at 65535.")
    return found


def trusted_proxies() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """TRUSTED_PROXIES as networks; an address alone is a network of one."""
    networks = []
    for text in read("TRUSTED_PROXIES"):
        try:
            networks.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            refuse("TRUSTED_PROXIES", f"holds {text!r}, which is no network: write one like 10.0.0.0/8.")
    return networks


def gpu() -> str:
    """GPU as `nvidia`, `fake:N` or empty."""
    text = str(read("GPU")).lower()
    if text == "fake":
        text = "fake:1"
    if text and text != "nvidia" and not re.fullmatch(r"fake:[1-9]\d?", text):
        refuse("GPU", f"is {text!r}: write nvidia, or fake or fake:3, or unset it.")
    return text


def log_level() -> str:
    level = str(read("LOG_LEVEL")).upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        refuse("LOG_LEVEL", f"is {level!r}: write DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    return level


def _served(name: str, text: str, schemes: tuple[str, ...], example: str) -> str:
    """`text`, if it is an address with one of these schemes; `redis+socket` is a kind of `redis`."""
    scheme, found, _ = text.partition("://")
    if not found or not {scheme, scheme.partition("+")[0]} & set(schemes):
        refuse(name, f"is no address that can be used here: write one like {example}.")
    return text


def _parsed(name: str, parse: Callable[[str], dict[str, Any]], text: str, example: str) -> dict[str, Any]:
    try:
        return parse(text)
    except Exception:  # noqa: BLE001  the parsers raise all sorts; each means: not such an address
        refuse(name, f"is no address that can be used here: write one like {example}.")


def database(var: Path) -> dict[str, Any]:
    """Django's settings of the database: DATABASE_URL, or SQLite in `var`."""
    text = str(read("DATABASE_URL")) or f"sqlite:///{var / 'db.sqlite3'}"
    example = "postgres://user:password@host/name, or unset it for SQLite in VAR_DIR"
    _served("DATABASE_URL", text, ("sqlite", "postgres", "postgresql", "pgsql", "psql"), example)
    parsed = _parsed("DATABASE_URL", environ.Env.db_url_config, text, example)
    if not parsed.get("NAME"):
        refuse("DATABASE_URL", f"names no database: write one like {example}.")
    return parsed


def broker() -> str:
    text = str(read("BROKER_URL"))
    return _served("BROKER_URL", text, tuple(TRANSPORT_ALIASES), "redis://host/0, or unset it")


def cache() -> dict[str, Any]:
    """Django's settings of the shared cache. Too small a table would forget who guesses passwords."""
    text, example = str(read("CACHE_URL")), "redis://host/1, or unset it"
    _served("CACHE_URL", text, tuple(environ.Env.CACHE_SCHEMES), example)
    parsed = _parsed("CACHE_URL", environ.Env.cache_url_config, text, example)
    if text.startswith("dbcache:"):
        parsed["OPTIONS"] = {"MAX_ENTRIES": 100_000} | parsed.get("OPTIONS", {})
    return parsed


def mail() -> dict[str, Any]:
    """Django's settings of the mail server."""
    text, example = str(read("EMAIL_URL")), "smtp+tls://user:password@host:587, or unset it"
    _served("EMAIL_URL", text, tuple(environ.Env.EMAIL_SCHEMES), example)
    return _parsed("EMAIL_URL", environ.Env.email_url_config, text, example)


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
