"""Real PostgreSQL and Redis from Debian's packages, private and thrown away afterwards.

    python -m tests.services.servers COMMAND...

starts both in a temporary folder, on unix sockets only (no port is opened), sets DATABASE_URL and
BROKER_URL, runs the command and stops them. Django reads its settings once, before any test: that is
why this is a wrapper around pytest and not a fixture inside it. PostgreSQL refuses to run as root,
so root becomes the user `postgres` for it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

DATABASE = "zero_to_gpt"


class NoServer(Exception):
    """A server is not installed or did not start; the message says which and why."""


def postgres_program(name: str) -> Path:
    """Debian keeps PostgreSQL's programs by version and off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not found:
        raise NoServer(f"PostgreSQL's {name} is missing: apt-get install -y postgresql")
    return found[-1]


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise NoServer(f"{process.args} did not start: {log.read_text(errors='replace')[-1000:]}")
        time.sleep(0.05)


@contextlib.contextmanager
def running(command: list[str], log: Path, user: str | None, ready: Callable[[], bool]) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, user=user, group=user)
        try:
            wait_until(ready, process, log)
            yield
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL: stop now, whoever is still connected
            process.wait(timeout=30)


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL of our own; yields its DATABASE_URL."""
    user = "postgres" if os.geteuid() == 0 else None
    home = folder / "pg"
    home.mkdir(mode=0o700)
    if user:
        account = pwd.getpwnam(user)
        os.chown(home, account.pw_uid, account.pw_gid)
    owner = user or pwd.getpwuid(os.geteuid()).pw_name
    log, data = folder / "postgresql.log", home / "data"
    subprocess.run(
        [postgres_program("initdb"), "-D", data, "-U", owner, "--auth=trust", "--no-sync", "-E", "UTF8"],
        check=True,
        capture_output=True,
        user=user,
        group=user,
        cwd=home,
    )
    # Nothing of this data is worth a sync to the disk: it is deleted when the tests end.
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": home,
        "fsync": "off",
        "max_connections": "60",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    psql = ["psql", "-h", str(home), "-U", owner, "-d", "postgres", "-qc"]

    def answers() -> bool:
        return subprocess.run([*psql, "SELECT 1"], check=False, capture_output=True).returncode == 0

    with running([str(postgres_program("postgres")), "-D", str(data), *options], log, user, answers):
        subprocess.run([*psql, f"CREATE DATABASE {DATABASE}"], check=True, capture_output=True)
        yield f"postgresql://{owner}@/{home}/{DATABASE}"  # django-environ takes //folder/name for a socket


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis of our own; yields its BROKER_URL."""
    if shutil.which("redis-server") is None:
        raise NoServer("redis-server is missing: apt-get install -y redis-server")
    socket = folder / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    with running(command, folder / "redis.log", None, socket.exists):
        yield f"redis+socket://{socket}"


@contextlib.contextmanager
def both() -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis; yields the two settings that point at them."""
    with tempfile.TemporaryDirectory(prefix="zg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with postgresql(folder) as database_url, redis(folder) as broker_url:
            yield {"DATABASE_URL": database_url, "BROKER_URL": broker_url}


def main(command: list[str]) -> int:
    try:
        with both() as settings:
            return subprocess.run(command, check=False, env=os.environ | settings).returncode
    except NoServer as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the command line is this module's face
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
