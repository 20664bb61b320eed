"""The one format in which values enter and leave a box: a tagged tree of plain data, as bytes.

Used on both sides of the wall: the kernel in the box encodes what the learner's code returned, our
process decodes it. So `decode` trusts nothing: every length is checked, with Python integers, against
what is left of the blob before anything is allocated; nothing is ever unpickled, called or compared;
whatever is wrong with a blob ends in `WireError`. `encode` never fails: a value that has no
representation becomes an `Opaque` that names its type. Only the standard library and numpy; a torch
tensor is recognised when torch is already loaded, torch is never imported.

A blob is the magic `ZG1` and one value; a value is one tag byte and its content, little endian:

    N T F               None, True, False
    I u32 bytes         int, two's complement        D f64    float        C f64 f64   complex
    S u32 utf-8         str                          B u32 bytes           bytes
    L u32 values        list    U u32 values  tuple    E u32 keys  set    M u32 (key value)...  dict
    A u8 u8 u64... raw  array: dtype code, number of axes, axes, items in C order
    G u8 raw            numpy scalar: dtype code, one item
    R u8 S... S         an exception: class names from its own up to Exception, its message
    O S S               no representation: type name, why

Keys are int, str, bytes or tuples of keys.
"""

from __future__ import annotations

import math
import struct
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

Value = Any
"""None, bool, int, float, complex, str, bytes, list, tuple, dict, frozenset, numpy array or scalar of
the table below, Bf16, Raised or Opaque."""

MAGIC = b"ZG1"
BF16 = 20
LARGEST_AXIS = 2**31 - 1
_NAME_CHARS = 200
_NAMES = 16
_COLLIDING = 32
"""So many keys of a dict or set may share their hash with another, whatever their number."""
_ALIKE = 8
"""Where more do, at most so many may share one hash."""

_DTYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f2"),
    2: np.dtype("<f4"),
    3: np.dtype("<f8"),
    4: np.dtype("i1"),
    5: np.dtype("<i2"),
    6: np.dtype("<i4"),
    7: np.dtype("<i8"),
    8: np.dtype("u1"),
    9: np.dtype("<u2"),
    10: np.dtype("<u4"),
    11: np.dtype("<u8"),
    12: np.dtype("?"),
    13: np.dtype("<c8"),
    14: np.dtype("<c16"),
    BF16: np.dtype("<u2"),  # numpy has no bfloat16: the raw bits, handed out as Bf16
}
# By type number: `long` and `long long` are two numbers of one 8-byte dtype, and one of them is `int`.
_CODES: dict[int, int] = {dtype.num: code for code, dtype in _DTYPES.items() if code != BF16}
for _char in "bBhHiIlLqQ":
    _dtype = np.dtype(_char)
    _CODES[_dtype.num] = next(code for code, known in _DTYPES.items() if known == _dtype)
_BOOL = 12
_TEXT = ord("S")

_U32 = struct.Struct("<I")
_F64 = struct.Struct("<d")
_C128 = struct.Struct("<dd")
_TAG_U32 = struct.Struct("<cI")
_TAG_F64 = struct.Struct("<cd")
_AXES = tuple(struct.Struct(f"<{n}Q") for n in range(33))
_ARRAY = tuple(struct.Struct(f"<cBB{n}Q") for n in range(33))


class WireError(ValueError):
    """A blob that is not a value: torn, forged or above a limit."""


@dataclass(frozen=True)
class WireLimits:
    """What one value may be. The defaults are what a probe gets unless its exercise says more."""

    total: int = 2 * 1024 * 1024
    depth: int = 16
    items: int = 100_000
    axes: int = 8
    int_bytes: int = 4096
    message_chars: int = 2000


DEFAULT_LIMITS = WireLimits()


@dataclass(frozen=True)
class Raised:
    """An exception as a value: its class names from its own up to Exception, and its message."""

    names: tuple[str, ...]
    message: str = ""

    @classmethod
    def of(cls, error: BaseException, limits: WireLimits = DEFAULT_LIMITS) -> Raised:
        names = [c.__name__ for c in type(error).__mro__ if c is not object and c is not BaseException]
        try:
            message = str(error)
        except Exception:  # noqa: BLE001  the learner's own __str__ may do anything
            message = ""
        plain = tuple([_plain(name) for name in names[:_NAMES]])
        return cls(plain or ("BaseException",), _plain(message, limits.message_chars))


@dataclass(frozen=True)
class Opaque:
    """Something that has no representation; `why` is empty when its type alone says it."""

    type_name: str
    why: str = ""


@dataclass(frozen=True, eq=False)
class Bf16:
    """An array of bfloat16: `bits` holds the raw 16 bits of each number."""

    bits: np.ndarray[Any, np.dtype[np.uint16]]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.bits.shape)

    def as_float32(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        return (self.bits.astype(np.uint32) << np.uint32(16)).view(np.float32)


def encode(value: object, limits: WireLimits = DEFAULT_LIMITS) -> bytes:
    """The blob of a value. Never raises: what cannot be written becomes an `Opaque`."""
    writer = _Writer(limits)
    try:
        writer.write(value, 0)
        return b"".join(writer.parts)
    except _TooLargeError as error:
        return _opaque_blob(value, str(error))
    except Exception:  # noqa: BLE001  a learner's class may raise anything from anywhere
        return _opaque_blob(value, "it could not be read")


def decode(data: bytes | bytearray | memoryview, limits: WireLimits = DEFAULT_LIMITS) -> Value:
    """The value of a blob; arrays are fresh, writable and aligned. Raises WireError only."""
    return _decoded(data, limits)[0]


class Named(NamedTuple):
    """An item of a dict: its blob, and whether nothing in it has raw memory, as arrays and bytes have, or an
    order that another reader would not keep, as sets have."""

    blob: bytes
    is_plain: bool


def decode_named(data: bytes, limits: WireLimits = DEFAULT_LIMITS) -> tuple[Value, dict[Any, Named]]:
    """The value of a blob and, if it is a dict, what each of its items is by its key. Raises WireError.

    Of what `encode` wrote an item's blob is what `encode` would write for the item.
    """
    value, reader = _decoded(data, limits)
    if not isinstance(value, dict):
        return value, {}
    named = [Named(MAGIC + reader.data[start:end], plain) for start, end, plain in reader.spans]
    return value, dict(zip(value, named, strict=True))


def _decoded(data: bytes | bytearray | memoryview, limits: WireLimits) -> tuple[Value, _Reader]:
    size = data.nbytes if isinstance(data, memoryview) else len(data)
    if size > limits.total:
        raise WireError(f"{size} bytes, at most {limits.total} are allowed")
    try:
        reader = _Reader(bytes(data), limits)
        if reader.data[:3] != MAGIC:
            raise WireError("not a value of this format")
        value = reader.read(0)
        if reader.at != len(reader.data):
            raise WireError("bytes are left over after the value")
    except WireError:
        raise
    except (struct.error, ValueError, TypeError, IndexError, OverflowError, MemoryError) as error:
        raise WireError(f"torn or forged: {type(error).__name__}") from None
    return value, reader


def mapping(blobs: Mapping[str, bytes]) -> bytes:
    """The blob of a dict of values that are encoded already; nothing of them is looked at."""
    parts = [MAGIC, _TAG_U32.pack(b"M", len(blobs))]
    for name, blob in blobs.items():
        parts += (_text(name), blob[len(MAGIC) :])
    return b"".join(parts)


class _TooLargeError(Exception):
    """The value would pass a limit that no smaller part of it can answer for."""


def _plain(text: str, most: int = _NAME_CHARS) -> str:
    """At most so many characters as a true str that UTF-8 can hold (lone surrogates become escapes)."""
    return str.encode(text[:most], "utf-8", "backslashreplace").decode("utf-8")[:most]


def _opaque_blob(value: object, why: str) -> bytes:
    return MAGIC + b"O" + _text(_plain(type(value).__name__)) + _text(_plain(why))


def _text(text: str) -> bytes:
    raw = text.encode("utf-8")
    return _TAG_U32.pack(b"S", len(raw)) + raw


class _Writer:
    def __init__(self, limits: WireLimits) -> None:
        self.limits = limits
        self.parts: list[bytes] = [MAGIC]
        self.size = len(MAGIC)
        self.items = 0
        self.torch: Any = sys.modules.get("torch")

    def put(self, part: bytes) -> None:
        self.size += len(part)
        if self.size > self.limits.total:
            raise _TooLargeError(f"larger than {self.limits.total} bytes")
        self.parts.append(part)

    def write(self, value: object, depth: int) -> None:
        self.items += 1
        if self.items > self.limits.items:
            raise _TooLargeError(f"more than {self.limits.items} items")
        write = _BY_TYPE.get(type(value))
        if write is not None:
            write(self, value, depth)
        else:
            self.other(value, depth)

    def other(self, value: object, depth: int) -> None:
        """Subclasses, tensors and what has no representation."""
        if isinstance(value, np.ndarray):
            self.array(value, depth)
        elif isinstance(value, np.generic):
            self.scalar(value)
        elif self.torch is not None and isinstance(value, self.torch.Tensor):
            self.tensor(value)
        else:
            for kind in (int, float, complex, str, bytes, list, tuple, dict, set, frozenset):
                if isinstance(value, kind):
                    _BY_TYPE[kind](self, value, depth)
                    return
            self.opaque(type(value).__name__)

    def opaque(self, type_name: str, why: str = "") -> None:
        self.put(b"O" + _text(_plain(type_name)) + _text(_plain(why)))

    def of_none(self, value: object, depth: int) -> None:
        self.put(b"N")

    def of_bool(self, value: object, depth: int) -> None:
        self.put(b"T" if value is True else b"F")

    def of_int(self, value: int, depth: int) -> None:
        length = int.bit_length(value) // 8 + 1
        if length > self.limits.int_bytes:
            self.opaque("int", f"larger than {self.limits.int_bytes} bytes")
        else:
            self.put(_TAG_U32.pack(b"I", length) + int.to_bytes(value, length, "little", signed=True))

    def of_float(self, value: float, depth: int) -> None:
        self.put(_TAG_F64.pack(b"D", value))

    def of_complex(self, value: complex, depth: int) -> None:
        self.put(b"C" + _C128.pack(value.real, value.imag))

    def of_str(self, value: str, depth: int) -> None:
        try:
            raw = str.encode(value, "utf-8")
        except UnicodeEncodeError:
            self.opaque("str", "it holds a lone surrogate")
        else:
            self.put(_TAG_U32.pack(b"S", len(raw)) + raw)

    def of_bytes(self, value: bytes, depth: int) -> None:
        self.put(_TAG_U32.pack(b"B", len(value)) + value)

    def sequence(self, value: list[Any] | tuple[Any, ...], depth: int) -> None:
        if depth >= self.limits.depth:
            self.opaque(type(value).__name__, f"nested deeper than {self.limits.depth}")
            return
        base: type[list[Any]] | type[tuple[Any, ...]] = list if isinstance(value, list) else tuple
        # A true copy first: the content of a learner's list may change while it is read.
        items = [*base.__iter__(value)]  # type: ignore[arg-type]
        self.put(_TAG_U32.pack(b"L" if base is list else b"U", len(items)))
        for item in items:
            self.write(item, depth + 1)

    def of_dict(self, value: dict[Any, Any], depth: int) -> None:
        if depth >= self.limits.depth:
            self.opaque("dict", f"nested deeper than {self.limits.depth}")
            return
        pairs = [*dict.items(value)]
        for key, _ in pairs:
            if not _is_key(key, self.limits.depth - depth - 1):
                self.opaque("dict", f"a key of type `{type(key).__name__}`")
                return
        self.put(_TAG_U32.pack(b"M", len(pairs)))
        for key, item in pairs:
            if type(key) is str:
                self.items += 1
                self.of_str(key, depth)
            else:
                self.write(_true_key(key), depth + 1)
            self.write(item, depth + 1)

    def of_set(self, value: set[Any] | frozenset[Any], depth: int) -> None:
        keys = [*value]
        if depth >= self.limits.depth or not all(_is_key(key, self.limits.depth - depth - 1) for key in keys):
            self.opaque("set", "a member that has no representation")
            return
        self.put(_TAG_U32.pack(b"E", len(keys)))
        # Sorted, because the order of a set of strings differs between two processes.
        blobs = []
        for key in keys:
            part = _Writer(self.limits)
            part.write(_true_key(key), depth + 1)
            self.items += part.items
            blobs.append(b"".join(part.parts[1:]))
        for blob in sorted(blobs):
            self.put(blob)

    def array(self, value: np.ndarray[Any, Any], depth: int) -> None:
        dtype = value.dtype
        code = _CODES.get(dtype.num)
        if code is None:
            self.opaque("ndarray", f"its items have the dtype {dtype}")
        elif value.ndim > self.limits.axes:
            self.opaque("ndarray", f"it has {value.ndim} axes")
        elif self.size + value.size * dtype.itemsize > self.limits.total:
            raise _TooLargeError(f"larger than {self.limits.total} bytes")
        else:
            if not dtype.isnative or type(value) is not np.ndarray:
                value = np.array(value, dtype=_DTYPES[code], copy=True, subok=False)
            self.put(_ARRAY[value.ndim].pack(b"A", code, value.ndim, *value.shape))
            self.put(value.tobytes())

    def scalar(self, value: np.generic) -> None:
        code = _CODES.get(value.dtype.num)
        if code is None:
            if isinstance(value, np.str_):
                self.of_str(value, 0)
            elif isinstance(value, np.bytes_):
                self.of_bytes(bytes(value), 0)
            else:
                self.opaque(type(value).__name__)
        else:
            self.put(b"G" + bytes((code,)) + value.tobytes())

    def tensor(self, value: Any) -> None:
        torch = self.torch
        if value.dim() > self.limits.axes:
            self.opaque("Tensor", f"it has {value.dim()} axes")
            return
        if self.size + value.numel() * value.element_size() > self.limits.total:
            raise _TooLargeError(f"larger than {self.limits.total} bytes")
        try:
            plain = value.detach().cpu().resolve_conj().resolve_neg().contiguous()
            if plain.dtype == torch.bfloat16:
                self.bf16(plain.view(torch.int16).numpy())
            else:
                self.array(plain.numpy(), 0)
        except _TooLargeError:
            raise
        except Exception:  # noqa: BLE001  sparse, quantised, 8-bit floats: numpy has no word for them
            self.opaque("Tensor", f"its items have the dtype {value.dtype}")

    def bf16(self, bits: np.ndarray[Any, Any]) -> None:
        self.put(_ARRAY[bits.ndim].pack(b"A", BF16, bits.ndim, *bits.shape))
        self.put(bits.tobytes())

    def marker_bf16(self, value: Bf16, depth: int) -> None:
        self.bf16(np.asarray(value.bits, dtype="<u2"))

    def marker_raised(self, value: Raised, depth: int) -> None:
        names = value.names[:_NAMES] or ("BaseException",)
        texts = [_text(_plain(name)) for name in names]
        message = _text(_plain(value.message, self.limits.message_chars))
        self.put(b"R" + bytes((len(names),)) + b"".join(texts) + message)

    def marker_opaque(self, value: Opaque, depth: int) -> None:
        self.opaque(value.type_name, value.why)


_BY_TYPE: dict[type, Callable[[_Writer, Any, int], None]] = {
    type(None): _Writer.of_none,
    bool: _Writer.of_bool,
    int: _Writer.of_int,
    float: _Writer.of_float,
    complex: _Writer.of_complex,
    str: _Writer.of_str,
    bytes: _Writer.of_bytes,
    list: _Writer.sequence,
    tuple: _Writer.sequence,
    dict: _Writer.of_dict,
    set: _Writer.of_set,
    frozenset: _Writer.of_set,
    np.ndarray: _Writer.array,
    Bf16: _Writer.marker_bf16,
    Raised: _Writer.marker_raised,
    Opaque: _Writer.marker_opaque,
}


def _is_key(key: object, depth: int) -> bool:
    if type(key) is str:
        return True
    if isinstance(key, tuple):
        return depth > 0 and all(_is_key(part, depth - 1) for part in tuple.__iter__(key))
    return isinstance(key, int | str | bytes | np.integer) and not isinstance(key, bool)


def _true_key(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(_true_key(part) for part in tuple.__iter__(key))
    return int(key) if isinstance(key, np.integer) else key


def _check_keys(keys: list[Any]) -> None:
    """Refuses keys that were chosen to collide: their cost in a dict grows with the square of their number.

    Texts and bytes are hashed with a secret of the process, numbers and tuples of numbers are not. Some
    collide by nature, two at a time: -1 and -2, in a tuple of up to three numbers eight at a time.
    """
    if len(keys) > _COLLIDING:
        hashes = list(map(hash, keys))
        if len(keys) - len(set(hashes)) > _COLLIDING and max(Counter(hashes).values()) > _ALIKE:
            raise WireError("keys that collide")
    if len(set(keys)) != len(keys):
        raise WireError("one key twice")


class _Reader:
    def __init__(self, data: bytes, limits: WireLimits) -> None:
        self.data = data
        self.at = len(MAGIC)
        self.limits = limits
        self.items = 0
        self.spans: list[tuple[int, int, bool]] = []  # of the items of an outermost dict
        self.buffers = 0  # what is not plain: arrays, numpy's scalars, bytes, sets

    def take(self, count: int) -> bytes:
        start = self.at
        self.at = start + count
        if self.at > len(self.data):
            raise WireError("the blob ends too early")
        return self.data[start : self.at]

    def u32(self) -> int:
        start = self.at
        self.at = start + 4
        return int(_U32.unpack_from(self.data, start)[0])

    def count(self) -> int:
        """A number of items that follow; each takes a byte at least, so no promise exceeds the blob."""
        start = self.at
        self.at = start + 4
        count: int = _U32.unpack_from(self.data, start)[0]
        if count > len(self.data) - self.at or self.items + count > self.limits.items:
            raise WireError(f"{count} items announced")
        return count

    def read(self, depth: int) -> Value:
        self.items += 1
        if self.items > self.limits.items:
            raise WireError(f"more than {self.limits.items} items")
        if depth > self.limits.depth:
            raise WireError(f"nested deeper than {self.limits.depth}")
        read = _BY_TAG.get(self.data[self.at])
        if read is None:
            raise WireError("unknown tag")
        self.at += 1
        return read(self, depth)

    def of_int(self, depth: int) -> int:
        length = self.u32()
        if not 1 <= length <= self.limits.int_bytes:
            raise WireError(f"an int of {length} bytes")
        return int.from_bytes(self.take(length), "little", signed=True)

    def of_float(self, depth: int) -> float:
        start = self.at
        self.at = start + 8
        value: float = _F64.unpack_from(self.data, start)[0]
        return value

    def of_complex(self, depth: int) -> complex:
        return complex(*_C128.unpack(self.take(16)))

    def of_str(self, depth: int) -> str:
        start = self.at + 4
        end = self.at = start + int(_U32.unpack_from(self.data, start - 4)[0])
        if end > len(self.data):
            raise WireError("the blob ends too early")
        return self.data[start:end].decode("utf-8")

    def of_bytes(self, depth: int) -> bytes:
        self.buffers += 1
        return self.take(self.u32())

    def of_list(self, depth: int) -> list[Any]:
        return [self.read(depth + 1) for _ in range(self.count())]

    def of_tuple(self, depth: int) -> tuple[Any, ...]:
        return tuple([self.read(depth + 1) for _ in range(self.count())])

    def key(self, depth: int) -> Any:
        key = self.read(depth)
        if not _is_key(key, self.limits.depth):
            raise WireError("a key that is no key")
        return key

    def of_dict(self, depth: int) -> dict[Any, Any]:
        count = self.count()
        keys, values = [], []
        for _ in range(count):
            if self.data[self.at] == _TEXT:  # nearly always; counted, and with it the value that follows
                self.items += 1
                self.at += 1
                keys.append(self.of_str(depth))
            else:
                keys.append(self.key(depth + 1))
            start, buffers = self.at, self.buffers
            values.append(self.read(depth + 1))
            if depth == 0:
                self.spans.append((start, self.at, self.buffers == buffers))
        _check_keys(keys)
        return dict(zip(keys, values, strict=True))

    def of_set(self, depth: int) -> frozenset[Any]:
        keys = [self.key(depth + 1) for _ in range(self.count())]
        _check_keys(keys)
        self.buffers += 1
        return frozenset(keys)

    def raw(self, dtype: np.dtype[Any], code: int, count: int) -> np.ndarray[Any, Any]:
        self.buffers += 1
        array = np.frombuffer(self.take(count * dtype.itemsize), dtype, count)
        if code == _BOOL and count and array.view(np.uint8).max() > 1:
            raise WireError("a bool that is neither 0 nor 1")
        return array

    def array(self, depth: int) -> np.ndarray[Any, Any] | Bf16:
        code, axes = self.take(2)
        dtype = _DTYPES.get(code)
        if dtype is None or axes > self.limits.axes:
            raise WireError("an array of unknown dtype or with too many axes")
        shape = _AXES[axes].unpack(self.take(8 * axes))
        count = math.prod(shape)
        if count * dtype.itemsize > len(self.data) - self.at or any(n > LARGEST_AXIS for n in shape):
            raise WireError("an array larger than the blob")
        if count == 0 and math.prod([n or 1 for n in shape]) > LARGEST_AXIS:
            raise WireError("an empty array with absurd axes")  # numpy would refuse it, or later overflow
        array = self.raw(dtype, code, count).reshape(shape).copy()
        return Bf16(array) if code == BF16 else array

    def scalar(self, depth: int) -> np.generic:
        (code,) = self.take(1)
        dtype = _DTYPES.get(code)
        if dtype is None or code == BF16:
            raise WireError("a scalar of unknown dtype")
        scalar: np.generic = self.raw(dtype, code, 1)[0]
        return scalar

    def tagged_text(self, most: int) -> str:
        if self.take(1) != b"S":
            raise WireError("a text is missing")
        text = self.of_str(0)
        if len(text) > most:
            raise WireError("a text that is too long")
        return text

    def raised(self, depth: int) -> Raised:
        (count,) = self.take(1)
        if not 1 <= count <= _NAMES:
            raise WireError("an exception without a name")
        names = tuple([self.tagged_text(_NAME_CHARS) for _ in range(count)])
        return Raised(names, self.tagged_text(self.limits.message_chars))

    def opaque(self, depth: int) -> Opaque:
        return Opaque(self.tagged_text(_NAME_CHARS), self.tagged_text(_NAME_CHARS))

    def of_none(self, depth: int) -> None:
        return None

    def true(self, depth: int) -> bool:
        return True

    def false(self, depth: int) -> bool:
        return False


_BY_TAG: dict[int, Callable[[_Reader, int], Value]] = {
    ord(tag): read
    for tag, read in {
        "N": _Reader.of_none,
        "T": _Reader.true,
        "F": _Reader.false,
        "I": _Reader.of_int,
        "D": _Reader.of_float,
        "C": _Reader.of_complex,
        "S": _Reader.of_str,
        "B": _Reader.of_bytes,
        "L": _Reader.of_list,
        "U": _Reader.of_tuple,
        "E": _Reader.of_set,
        "M": _Reader.of_dict,
        "A": _Reader.array,
        "G": _Reader.scalar,
        "R": _Reader.raised,
        "O": _Reader.opaque,
    }.items()
}
