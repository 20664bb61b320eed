"""An exercise's folder as a zip: the same bytes for the same files, and nothing hostile comes in."""

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from zero_to_gpt.authoring.archive import LARGEST_UPLOAD, ArchiveError, pack, unpack

FOLDER = Path(__file__).parents[2] / "exercises" / "01-maths" / "01-slope-at"


def files() -> dict[str, str]:
    found = (path for path in FOLDER.rglob("*") if path.is_file() and path.name != "proof.json")
    return {path.relative_to(FOLDER).as_posix(): path.read_text() for path in found}


def zipped(*entries, compression=zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return made.getvalue()


def test_a_folder_goes_out_and_comes_in_byte_for_byte():
    first = pack("01-slope-at", files())
    found = unpack(first)
    assert found.files == files()
    assert pack("01-slope-at", found.files) == first
    assert pack("01-slope-at", dict(reversed(files().items()))) == first


def test_a_zip_made_elsewhere_comes_in_with_or_without_its_folder():
    bare = unpack(zipped(*files().items()))
    nested = unpack(zipped(*((f"mine/{name}", text) for name, text in files().items())))
    assert bare.files == nested.files == files()


def test_what_no_exercise_is_made_of_is_passed_over_and_told():
    rest = [
        ("a/.git/config", "x"),
        ("a/__pycache__/x.pyc", b"\xff"),
        ("__MACOSX/a", b"\xff"),
        ("a/proof.json", "{}"),
    ]
    found = unpack(zipped(*((f"a/{name}", text) for name, text in files().items()), *rest))
    assert found.files == files()
    assert found.passed_over == tuple(name for name, _ in rest)


@pytest.mark.parametrize(
    "name",
    ["../starter.py", "a/../../starter.py", "/etc/passwd", "a\\..\\b.py", "C:/starter.py", "a/b\x01.py"],
)
def test_no_name_points_out_of_the_zip(name):
    with pytest.raises(ArchiveError, match=r"points out of the zip|is not the name"):
        unpack(zipped(("exercise.toml", ""), (name, "x")))


def test_links_are_refused():
    link = zipfile.ZipInfo("starter.py")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(ArchiveError, match="is a link"):
        unpack(zipped(("exercise.toml", ""), (link, "/etc/passwd")))


def test_a_bomb_is_read_up_to_the_limit_of_one_file():
    bomb = zipped(("exercise.toml", b"\0" * 200_000_000))
    assert len(bomb) < LARGEST_UPLOAD
    with pytest.raises(ArchiveError, match="larger than 256 kB"):
        unpack(bomb)


def test_a_bomb_that_lies_about_its_size_is_refused():
    bomb = bytearray(zipped(("exercise.toml", b"x" * 3_000_000)))
    at = bomb.rfind(b"PK\x01\x02")
    bomb[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with pytest.raises(ArchiveError):
        unpack(bytes(bomb))


def test_many_small_files_are_refused():
    with pytest.raises(ArchiveError, match="500 files"):
        unpack(zipped(*((f"mutants/m{n}.py", "") for n in range(500))))


def test_all_files_together_have_a_limit():
    many = [(f"mutants/m{n}.py", "x" * 250_000) for n in range(12)]
    with pytest.raises(ArchiveError, match="2 MB together"):
        unpack(zipped(*many))


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 40, b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_is_told_as_that(data):
    with pytest.raises(ArchiveError, match="not a zip"):
        unpack(data)


def claiming(name: bytes, offset: int) -> bytes:
    """A zip of one file whose directory says that it has this name and begins at this place."""
    about = struct.pack("<3H3I", 0, 0, 0, zlib.crc32(b"a\n"), 2, 2)
    local = b"PK\3\4" + struct.pack("<2H", 45, 0) + about + struct.pack("<2H", len(name), 0) + name + b"a\n"
    place = struct.pack("<2HQ", 1, 8, offset)
    listed = b"PK\1\2" + struct.pack("<4BH", 45, 3, 45, 0, 0) + about
    listed += struct.pack("<5H2I", len(name), len(place), 0, 0, 0, 0, 2**32 - 1) + name + place
    return local + listed + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(listed), len(local), 0)


@pytest.mark.parametrize(
    ("name", "offset"), [(b"exercise.toml", 2**64 - 1), (b"exercise.toml", 2**40), (b"", 0)]
)
def test_a_directory_that_lies_is_told_as_no_zip(name, offset):
    with pytest.raises(ArchiveError, match="not a zip"):
        unpack(claiming(name, offset))


def test_what_such_a_directory_tells_truly_is_read():
    assert unpack(claiming(b"exercise.toml", 0)).files == {"exercise.toml": "a\n"}


def test_fifty_megabytes_are_refused_before_anything_is_looked_at():
    with pytest.raises(ArchiveError, match=r"51200 kB; an exercise's zip has 2048 at most"):
        unpack(b"\0" * 50 * 1024 * 1024)


def test_two_files_of_one_name_are_refused():
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped(("exercise.toml", "a"), ("exercise.toml", "b"))
    with pytest.raises(ArchiveError, match="twice"):
        unpack(data)


def test_what_is_not_text_is_refused():
    with pytest.raises(ArchiveError, match="not UTF-8"):
        unpack(zipped(("exercise.toml", b"\xff\xfe")))
