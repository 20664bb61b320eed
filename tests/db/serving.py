"""The real web server as a process of its own, on a database of its own; no worker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]


class Site:
    """`url` answers until `stop()`. Environment variables beside VAR_DIR are arguments."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {"VAR_DIR": str(folder), "PYTHONPATH": "platform:."} | environment
        self.log = folder / "web.log"
        self.process = self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "zero_to_gpt.server", "--fd", str(self.listener.fileno())],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                pass_fds=[self.listener.fileno()],
            )

    def __enter__(self) -> Site:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self.process.poll() is None, self.words()
            with suppress(requests.RequestException):
                if requests.get(f"{self.url}/healthz", timeout=10).ok:
                    return self
            time.sleep(0.1)
        raise AssertionError(f"the server does not answer: {self.words()}")

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        self.listener.close()

    def words(self) -> str:
        """What it wrote."""
        return self.log.read_text(errors="replace")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    def open_connections(self) -> int:
        """Sockets that this server process holds besides the listening one."""
        found = 0
        for link in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with suppress(OSError):
                found += str(link.readlink()).startswith("socket:")
        return found


def migrated(folder: Path, **environment: str) -> Path:
    """`folder`, with an empty database in it."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ | {"VAR_DIR": str(folder)} | environment,
        check=True,
    )
    return folder
