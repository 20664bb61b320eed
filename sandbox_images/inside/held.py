"""What goes into a call, held beside it: to see what the call changed, and to hand out the same once more.

Plain data (numbers, texts, and what is made of them) have a second form, `marshal`'s, that is made and read
in no time. It tells all of it apart but raw memory: that of an array is as good as any. And the members of a
set it hands out in another order. So what has one of these in it has the wire's form alone.
"""

from __future__ import annotations

import marshal
from typing import Any, NamedTuple

import wire  # type: ignore[import-not-found]

_VERSION = 2
"""Of marshal's format: later ones write what is there twice only once."""
_UNCHANGEABLE = frozenset({type(None), bool, int, float, complex, str, bytes})
_MISSING = wire.Opaque("missing")


class Held(NamedTuple):
    """An input as it was before a call."""

    name: Any
    thing: Any
    blob: bytes
    dumped: bytes
    copy: Any

    @classmethod
    def all_of(cls, inputs: dict[Any, Any], named: dict[Any, wire.Named]) -> list[Held]:
        """The items of a dict, with what `wire.decode_named` tells of each."""
        held = []
        for name, item in named.items():
            thing = inputs[name]
            is_dumped = item.is_plain and type(thing) not in _UNCHANGEABLE
            dumped = _dumped(thing) if is_dumped else b""
            held.append(cls(name, thing, item.blob, dumped, marshal.loads(dumped) if dumped else None))  # noqa: S302
        return held

    def is_changed(self, inputs: dict[Any, Any], limits: wire.WireLimits) -> bool:
        """Whether it is another thing now, or has other content."""
        now = inputs.get(self.name, _MISSING)
        if now is self.thing and (type(now) in _UNCHANGEABLE or self._is_as_it_was(now)):
            return False
        return bool(wire.encode(now, limits) != self.blob)

    def _is_as_it_was(self, now: Any) -> bool:
        """True only where nothing is another. The copy comes first: it has no loops and a known size, and so
        has what is equal to it. To dump what a call has linked, or grown, may never end.
        """
        try:
            return bool(self.dumped and now == self.copy) and _dumped(now) == self.dumped
        except Exception:  # noqa: BLE001  objects of the learner's may stand in it
            return False


class Anew:
    """A value that is handed out again and again, each time as nobody has seen it. Raises WireError."""

    def __init__(self, blob: bytes) -> None:
        value, named = wire.decode_named(blob)
        self.blob = blob
        self.dumped = _dumped(value) if named and all(item.is_plain for item in named.values()) else b""

    def made(self) -> Any:
        return marshal.loads(self.dumped) if self.dumped else wire.decode(self.blob)  # noqa: S302  our own


def _dumped(thing: Any) -> bytes:
    try:
        return marshal.dumps(thing, _VERSION)
    except (ValueError, MemoryError):  # what is no plain data any more, or too large to be held twice
        return b""
