"""An exercise as a zip of its folder, out and in. The same files give the same bytes, for ever.

What comes in is hostile: nothing is unpacked to a disk, no name is followed, and of each file only as much
is read as an exercise may have, whatever the archive says about its size.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass

from zero_to_gpt.authoring.bounded import LARGEST_FILE, MOST_BYTES, MOST_FILES

LARGEST_UPLOAD = 2 * 1024 * 1024
MOST_ENTRIES = 400
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]*")
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


class ArchiveError(ValueError):
    """An archive that is not taken; the message says why, for whoever sent it."""


@dataclass(frozen=True)
class Unpacked:
    """The texts of an archive by path, and what was passed over."""

    files: dict[str, str]
    passed_over: tuple[str, ...]


def pack(folder: str, files: dict[str, str]) -> bytes:
    """A zip with one folder. Sorted, stored, and without any date or owner, so that its bytes are stable."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{path}", _EPOCH)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[path].encode())
    return made.getvalue()


_DAMAGED = (
    NotImplementedError, EOFError, OSError, ValueError, RuntimeError, ArithmeticError, IndexError, zlib.error,
)  # fmt: skip


def unpack(data: bytes) -> Unpacked:
    """The files of an exercise's folder. Raises ArchiveError."""
    if len(data) > LARGEST_UPLOAD:
        raise ArchiveError(
            f"This file has {len(data) // 1024} kB; an exercise's zip has {LARGEST_UPLOAD // 1024} at most."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpacked(archive)
    except (zipfile.BadZipFile, *_DAMAGED) as error:
        if isinstance(error, ArchiveError):
            raise
        raise ArchiveError(
            "This is not a zip that can be read. Zip the folder of the exercise, and send that."
        ) from None


def _unpacked(archive: zipfile.ZipFile) -> Unpacked:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_ENTRIES:
        raise ArchiveError(
            f"There are {len(entries)} files in this zip; an exercise has {MOST_FILES} at most."
        )
    found: dict[str, str] = {}
    passed_over: list[str] = []
    total = 0
    for entry in entries:
        parts = _parts(entry)
        if parts is None:
            passed_over.append(entry.filename[:120])
            continue
        path = "/".join(parts)
        if path in found:
            raise ArchiveError(f"The zip holds `{path}` twice.")
        with archive.open(entry) as stream:
            text = stream.read(LARGEST_FILE + 1)
        if len(text) > LARGEST_FILE:
            raise ArchiveError(f"`{path}` is larger than {LARGEST_FILE // 1024} kB.")
        total += len(text)
        if total > MOST_BYTES:
            raise ArchiveError(f"The files are larger than {MOST_BYTES // 1024 // 1024} MB together.")
        try:
            found[path] = text.decode()
        except UnicodeDecodeError:
            raise ArchiveError(f"`{path}` is not UTF-8 text.") from None
    return Unpacked(_inside(found), tuple(passed_over))


def _parts(entry: zipfile.ZipInfo) -> list[str] | None:
    """The names of an entry's path, or None for what no exercise is made of. Raises ArchiveError."""
    name = entry.filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise ArchiveError(f"`{name[:120]}` is a link or a device, not a file.")
    if entry.flag_bits & _ENCRYPTED:
        raise ArchiveError("The zip is encrypted.")
    if entry.compress_type not in _PLAIN:
        raise ArchiveError("The zip is packed in a way that is not read here. Use an ordinary zip.")
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or ":" in name or ".." in parts or "\0" in name:
        raise ArchiveError(f"`{name[:120]}` points out of the zip.")
    if any(part.startswith(".") or part in ("__pycache__", "__MACOSX") for part in parts):
        return None
    if parts[-1] == "proof.json":
        return None
    if not all(_NAME.fullmatch(part) for part in parts):
        raise ArchiveError(f"`{name[:120]}` is not the name of a file that an exercise has.")
    return parts


def _inside(files: dict[str, str]) -> dict[str, str]:
    """Without the folder that everything lies in, if the zip is of a folder."""
    if "exercise.toml" in files or not files:
        return files
    top = {path.partition("/")[0] for path in files}
    if len(top) == 1 and all("/" in path for path in files):
        return {path.partition("/")[2]: text for path, text in files.items()}
    raise ArchiveError("There is no exercise.toml at the top of this zip, nor in its only folder.")
