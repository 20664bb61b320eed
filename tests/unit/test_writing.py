"""What the commands write is there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.commands.common import write_file, write_folder

FILES = {"exercise.toml": "title = 'x'\n", "mutants/one.py": "x = 1\r\n", "task.md": "Größe\n"}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def full_disk(monkeypatch):
    """The third text, and any bytes, find no room."""
    written: list[Path] = []
    write = Path.write_text

    def write_text(self: Path, *args, **kwargs):
        written.append(self)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        return write(self, *args, **kwargs)

    def sync(self: Path, *_: object):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", write_text)
    monkeypatch.setattr(Path, "replace", sync)


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_is_written(tmp_path, there):
    folder = tmp_path / "a" / "01-new"
    if there:
        folder.mkdir(parents=True)
    write_folder(folder, FILES)
    assert {
        path.relative_to(folder).as_posix(): path.read_bytes().decode()
        for path in folder.rglob("*")
        if path.is_file()
    } == FILES
    assert names(folder.parent) == ["01-new"]


def test_a_folder_that_cannot_be_written_is_not_begun(tmp_path, full_disk):
    with pytest.raises(OSError, match="No space left"):
        write_folder(tmp_path / "01-new", FILES)
    assert names(tmp_path) == []


def test_what_came_into_the_folder_meanwhile_stays(tmp_path):
    (tmp_path / "01-new").mkdir()
    (tmp_path / "01-new" / "mine.txt").write_text("mine")
    with pytest.raises(OSError, match="not empty"):
        write_folder(tmp_path / "01-new", FILES)
    assert names(tmp_path / "01-new") == ["mine.txt"]
    assert names(tmp_path) == ["01-new"]


def test_a_file_is_written_and_replaced(tmp_path):
    file = tmp_path / "one.ipynb"
    for text in (b"first", b"second"):
        write_file(file, text)
        assert file.read_bytes() == text
    mask = os.umask(0)
    os.umask(mask)
    assert file.stat().st_mode & 0o777 == 0o666 & ~mask
    assert names(tmp_path) == ["one.ipynb"]


def test_a_file_that_cannot_be_written_leaves_the_older_one(tmp_path, full_disk):
    file = tmp_path / "one.ipynb"
    file.write_bytes(b"older")
    with pytest.raises(OSError, match="No space left"):
        write_file(file, b"newer")
    assert file.read_bytes() == b"older"
    assert names(tmp_path) == ["one.ipynb"]


def test_what_is_no_plain_file_is_written_as_it_is(tmp_path):
    link, target = tmp_path / "link", tmp_path / "target"
    target.write_bytes(b"older")
    link.symlink_to(target)
    write_file(link, b"newer")
    assert link.is_symlink()
    assert target.read_bytes() == b"newer"
    write_file(Path("/dev/null"), b"nothing")
    assert Path("/dev/null").is_char_device()
