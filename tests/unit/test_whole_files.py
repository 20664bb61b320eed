"""What a command writes is there whole, or not at all."""

import os
import stat
import threading
from pathlib import Path

import pytest

from grader.commands.common import write_file, write_folder

FILES = {"exercise.toml": "a = 1\n", "mutants/one.py": "x = 1\r\n", "task.md": "# Ä\n"}


def there(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes().decode() for path in found}


@pytest.fixture
def full_after_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk takes one file, and of the next one a part."""
    write, written = Path.write_bytes, []

    def some(self: Path, data: bytes) -> int:
        written.append(self)
        if len(written) > 1:
            write(self, data[:1])
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", some)
    monkeypatch.setattr(Path, "write_text", lambda self, text, **_: some(self, text.encode()))


@pytest.mark.parametrize("folder", ["new", "deep/in/new", "empty"])
def test_a_folder_is_written_as_it_is(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    same = (tmp_path / "empty").stat().st_ino
    write_folder(tmp_path / folder, FILES)
    assert there(tmp_path / folder) == FILES
    assert not list(tmp_path.rglob(".new-*"))
    assert (tmp_path / "empty").stat().st_ino == same, "a shell may stand in it"


@pytest.mark.parametrize("folder", ["new", "empty"])
def test_a_folder_that_breaks_off_leaves_nothing(tmp_path: Path, folder: str, full_after_one: None) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(OSError, match="No space left"):
        write_folder(tmp_path / folder, FILES)
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]


def test_a_file_that_breaks_off_leaves_what_was_there(tmp_path: Path, full_after_one: None) -> None:
    file = tmp_path / "x.ipynb"
    write_file(file, b"before")
    file.chmod(0o640)
    with pytest.raises(OSError, match="No space left"):
        write_file(file, b"after")
    assert there(tmp_path) == {"x.ipynb": "before"}


def test_a_file_keeps_its_mode_and_a_link_its_end(tmp_path: Path) -> None:
    file, link = tmp_path / "x.ipynb", tmp_path / "link.ipynb"
    file.write_bytes(b"before")
    file.chmod(0o640)
    link.symlink_to(file)
    write_file(link, b"after")
    assert link.is_symlink()
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"after", 0o640)


def test_a_pipe_takes_the_bytes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard: list[bytes] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, b"all of it")
    reader.join()
    assert heard == [b"all of it"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
