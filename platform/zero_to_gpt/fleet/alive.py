"""Which workers on the same VAR_DIR are still there, known in the moment one dies.

Each worker holds a lock on a file of its own name, which the kernel frees with the process, however it
ends. Of a worker on another VAR_DIR nothing is known here: its leases run out.
"""

from __future__ import annotations

import fcntl
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from django.conf import settings

from zero_to_gpt.variables import made_folder

log = logging.getLogger(__name__)

_held: dict[str, IO[str]] = {}
_began: set[str] = set()
_lock = threading.Lock()


def _file(worker: str) -> Path:
    return Path(settings.VAR) / "workers" / f"{worker.replace('/', '-')}.lock"


def hold(worker: str, begin: Callable[[str], object]) -> None:
    """Say that this process is this worker, until it ends or lets go; the first time, `begin(worker)` first.

    Others wait meanwhile, so what `begin` finds under this name is of a process that has ended: a container
    that is started again often has the same name.
    """
    with _lock:  # a second file of the same name would free the lock when it is closed
        if worker not in _began:
            begin(worker)
            _began.add(worker)
            _hold(worker)


def _hold(worker: str) -> None:
    made_folder(Path(settings.VAR) / "workers")
    file = _file(worker).open("a")
    try:
        # A record lock: unlike others it does not pass to children that are forked.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:  # a file system without locks: then leases must do
        log.warning("others cannot see at once when this worker ends: %s", error)
        file.close()
        _file(worker).unlink(missing_ok=True)
        return
    _held[worker] = file


def let_go(worker: str) -> None:
    _began.discard(worker)
    file = _held.pop(worker, None)
    if file is not None:
        _file(worker).unlink(missing_ok=True)
        file.close()


def is_gone(worker: str) -> bool:
    """Whether that worker is known to have ended. False where nothing is known of it."""
    if worker in _held:
        return False
    try:
        with _file(worker).open("r+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except OSError:  # held, or no file of it here
        return False


def forget_the_gone() -> None:
    """Remove the files of workers that have ended; of those that end in order none is left."""
    for file in (Path(settings.VAR) / "workers").glob("*.lock"):
        name = file.name.removesuffix(".lock")
        if is_gone(name):
            with suppress(OSError):
                file.unlink()
