"""Who made what, so that a later start can remove what a killed process left behind."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path


def started(pid: int) -> str:
    """When a process started, so that a later one with the same number is not taken for it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return "gone"


def mine() -> str:
    """This process, as part of a name: its pid namespace (workers may share a folder, an engine, groups
    from containers of their own, each with a process 7), its number, and when it started."""
    return f"{_namespace()}-{os.getpid()}-{started(os.getpid())}"


def is_gone(name: str) -> bool:
    """Is the process that a name from `mine` stands for gone? If we cannot see it, we say no."""
    parts = name.split("-")
    if len(parts) != 3 or not parts[1].isdigit():
        return False  # not a name of ours
    return parts[0] == _namespace() and started(int(parts[1])) != parts[2]


def fresh_user() -> int:
    """The number of a user that owns nothing. The kernel counts much by user (pipes, signals that wait), so
    whoever may choose gives each box another one; twice the same is rare, and then they share a count."""
    return secrets.choice(range(40_000, 60_000))


def _namespace() -> str:
    return f"{Path('/proc/self/ns/pid').stat().st_ino:x}"


def run_folder() -> Path:
    """A fresh folder with a short path, for what lives as long as this process; leftovers removed."""
    parent = Path(tempfile.gettempdir())
    return Path(tempfile.mkdtemp(prefix=own_prefix(parent, "zg-"), dir=parent))


def own_prefix(parent: Path, prefix: str) -> str:
    """With what the name of a temporary folder of ours begins. Those of owners that are gone are removed."""
    for folder, is_left in _folders(parent, prefix):
        if is_left:
            shutil.rmtree(folder, ignore_errors=True)
    return f"{prefix}{mine()}-"


def is_somebody_at(parent: Path, prefix: str) -> bool:
    """Whether there is such a folder, and its owner is not gone."""
    return any(not is_left for _, is_left in _folders(parent, prefix))


def _folders(parent: Path, prefix: str) -> list[tuple[Path, bool]]:
    found = []
    for folder in parent.glob(f"{prefix}*-*-*-*"):
        owner, _, _ = folder.name.removeprefix(prefix).rpartition("-")
        if owner.count("-") == 2:
            found.append((folder, is_gone(owner)))
    return found
