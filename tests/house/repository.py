"""Where the repository is, and which files of it are committed: shared by the house's guard tests."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[Path, ...]:
    """Every file that git holds or would hold (not ignored), relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return tuple(Path(name) for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file())


@cache
def texts() -> dict[Path, str]:
    """The text of each of those files; what is not UTF-8 (a font, a picture) is left out."""
    found = {}
    for path in files():
        try:
            found[path] = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
