"""How one Jupyter message is laid on the socket between a box and our process.

A message is a channel byte, the number of frames, their lengths, and the frames: header, parent
header, metadata and content as JSON, then binary buffers. There is one inherited stream socket and
no zmq: libzmq bounds single frames but not the number of frames in one message, so a box that speaks
ZMTP by hand can fill our memory. Here every length is checked before anything is read.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

SHELL = b"s"
IOPUB = b"i"
CONTROL = b"c"

HEAD = struct.Struct("<cH")
JSON_FRAMES = 4


class FrameError(ValueError):
    """What arrived is not a message, or larger than allowed."""


def pack(channel: bytes, frames: Sequence[bytes | memoryview]) -> bytes:
    """One message as bytes, ready to send."""
    head = HEAD.pack(channel, len(frames))
    lengths = struct.pack(f"<{len(frames)}I", *[len(frame) for frame in frames])
    return b"".join((head, lengths, *frames))


def unpack_head(data: bytes, most_frames: int) -> tuple[bytes, int]:
    """The channel and the number of frames."""
    channel, count = HEAD.unpack(data)
    if channel not in (SHELL, IOPUB, CONTROL) or not JSON_FRAMES <= count <= most_frames:
        raise FrameError("not a message")
    return channel, count


def unpack_lengths(data: bytes, most_json: int, most_total: int) -> tuple[int, ...]:
    """The lengths of the frames, each checked."""
    lengths = struct.unpack(f"<{len(data) // 4}I", data)
    if sum(lengths) > most_total or max(lengths[:JSON_FRAMES]) > most_json:
        raise FrameError("a message larger than allowed")
    return lengths
