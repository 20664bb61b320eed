"""Pictures from a box, taken apart and put together again before anybody's browser sees them.

A figure leaves a box as a PNG that the learner's code may have made by hand. Only its pixels are kept:
the four chunks that hold them are checked, inflated up to the size that the header promises, and
written anew; text, profiles, animations and whatever else was in the file stay behind.
Source of the format: PNG (Portable Network Graphics) Specification, Third Edition, W3C, sections 5 and 11.
"""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_BYTES = 4 * 1024 * 1024
MOST_SIDE = 4096
MOST_PIXELS = 8 * 1024 * 1024
MOST_CHUNKS = 4096
"""Pixels come in pieces of 8 kB or more; a picture of sixty thousand empty ones is an attack."""
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PALETTE = 3


def weight(data: bytes) -> int:
    """How many bytes the pixels take when inflated, as the header promises; 0 if there is no header."""
    try:
        width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    except struct.error:
        return 0
    return int((1 + (width * depth * _CHANNELS.get(colour, 4) + 7) // 8) * height)


def redrawn(data: bytes) -> bytes | None:
    """The same pixels as a fresh PNG of at most 8 million pixels; None if `data` is no such picture."""
    try:
        return _redrawn(data)
    except (struct.error, zlib.error, IndexError):
        return None


def _redrawn(data: bytes) -> bytes | None:
    if len(data) > MOST_BYTES or not data.startswith(SIGNATURE):
        return None
    chunks = _chunks(data)
    if chunks is None or len(chunks.get(b"IHDR", b"")) != 13 or not chunks.get(b"IDAT"):
        return None
    width, height, depth, colour, *methods = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if not (1 <= width <= MOST_SIDE and 1 <= height <= MOST_SIDE and width * height <= MOST_PIXELS):
        return None
    if depth not in _DEPTHS.get(colour, ()) or methods != [0, 0, 0]:
        return None
    row = 1 + (width * depth * _CHANNELS[colour] + 7) // 8
    pixels = _inflated(chunks[b"IDAT"], row * height)
    if pixels is None or max(pixels[::row]) > 4:  # each row begins with the number of its filter
        return None
    kept = [_chunk(b"IHDR", chunks[b"IHDR"])]
    palette, alpha = chunks.get(b"PLTE", b""), chunks.get(b"tRNS", b"")
    if colour == _PALETTE:
        if not 3 <= len(palette) <= 768 or len(palette) % 3 or len(alpha) > 256:
            return None
        kept.append(_chunk(b"PLTE", palette))
        if alpha:
            kept.append(_chunk(b"tRNS", alpha))
    kept += [_chunk(b"IDAT", zlib.compress(pixels, 6)), _chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(kept)


def _chunks(data: bytes) -> dict[bytes, bytes] | None:
    """The chunks that hold pixels, IDATs joined; None where a length or a checksum is wrong."""
    found: dict[bytes, bytes] = {}
    parts: list[bytes] = []
    at = len(SIGNATURE)
    for _ in range(MOST_CHUNKS):
        (length,) = struct.unpack_from(">I", data, at)
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(name + body) != checksum:
            return None
        at += 12 + length
        if name == b"IEND":
            found[b"IDAT"] = b"".join(parts)
            return found
        if name == b"IDAT":
            parts.append(body)
        elif name in (b"IHDR", b"PLTE", b"tRNS") and name not in found:
            found[name] = body
    return None


def _inflated(data: bytes, size: int) -> bytes | None:
    """Exactly `size` bytes, never more than that in memory."""
    inflate = zlib.decompressobj()
    pixels = inflate.decompress(data, size)
    if len(pixels) != size or inflate.decompress(inflate.unconsumed_tail, 1):
        return None
    return pixels


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
