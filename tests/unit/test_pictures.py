"""Pictures from a box keep their pixels and nothing else."""

from __future__ import annotations

import struct
import time
import zlib

import pytest

from grader.sandbox.pictures import MOST_BYTES, SIGNATURE, redrawn


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def picture(
    *,
    width: int = 2,
    height: int = 2,
    colour: int = 2,
    pixels: bytes = b"\0" + b"\1" * 6 + b"\0" + b"\2" * 6,
    extra: bytes = b"",
    interlace: int = 0,
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, interlace)
    parts = [chunk(b"IHDR", head), extra, chunk(b"IDAT", zlib.compress(pixels)), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(parts)


def test_a_plain_picture_keeps_its_pixels() -> None:
    again = redrawn(picture())
    assert again is not None
    at = again.index(b"IDAT")
    (length,) = struct.unpack_from(">I", again, at - 4)
    assert zlib.decompress(again[at + 4 : at + 4 + length]) == b"\0" + b"\1" * 6 + b"\0" + b"\2" * 6


def test_a_picture_of_very_many_empty_pieces_is_refused_at_once() -> None:
    assert redrawn(picture(extra=chunk(b"IDAT", b"") * 4_000)) is not None
    began = time.thread_time()
    assert redrawn(picture(extra=chunk(b"IDAT", b"") * 300_000)) is None
    assert time.thread_time() - began < 0.1


def test_redrawing_twice_changes_nothing() -> None:
    once = redrawn(picture())
    assert once is not None
    assert redrawn(once) == once


def test_a_palette_and_its_alpha_are_kept() -> None:
    extra = chunk(b"PLTE", b"\1\2\3\4\5\6") + chunk(b"tRNS", b"\x80")
    again = redrawn(picture(colour=3, pixels=b"\0\0\1\0\1\0", extra=extra))
    assert again is not None
    assert b"PLTE\1\2\3\4\5\6" in again
    assert b"tRNS\x80" in again


@pytest.mark.parametrize("name", [b"tEXt", b"iTXt", b"iCCP", b"eXIf", b"acTL"])
def test_what_is_not_a_pixel_stays_behind(name: bytes) -> None:
    again = redrawn(picture(extra=chunk(name, b"<script>alert(1)</script>")))
    assert again is not None
    assert name not in again
    assert b"script" not in again


@pytest.mark.parametrize(
    ("why", "data"),
    [
        ("no picture", b"<svg onload=alert(1)>"),
        ("only the signature", SIGNATURE),
        ("cut off", picture()[:-9]),
        ("a wrong checksum", picture().replace(b"IDAT", b"IDAt")),
        ("too wide", picture(width=100_000)),
        ("too many pixels", picture(width=4096, height=4096)),
        ("nothing wide", picture(width=0)),
        ("fewer pixels than promised", picture(pixels=b"\0" * 5)),
        ("more pixels than promised", picture(pixels=b"\0" * 5_000)),
        ("a filter that does not exist", picture(pixels=b"\7" + b"\1" * 6 + b"\0" + b"\2" * 6)),
        ("an unknown kind of colour", picture(colour=5)),
        ("a palette that is missing", picture(colour=3, pixels=b"\0\0\1\0\1\0")),
        ("interlaced", picture(interlace=1)),
        ("a chunk longer than the file", SIGNATURE + struct.pack(">I", 2**31) + b"IHDR"),
        ("too large a file", SIGNATURE + b"\0" * MOST_BYTES),
    ],
)
def test_whatever_is_no_sound_picture_is_refused(why: str, data: bytes) -> None:
    assert redrawn(data) is None, why


def test_a_bomb_is_never_inflated_past_what_its_header_promises() -> None:
    bomb = picture(pixels=b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    assert redrawn(bomb) is None
