"""A matplotlib figure, drawn for white paper, in colours for a dark page: lessons are drawn twice.

What is grey (paper, frame, ticks, text) changes sides; colours keep their hue and are lightened where the
dark paper would swallow them. Inside of a picture or a map nothing changes: colours mean numbers there, and
what is written on them was chosen to be read on them. Never imports matplotlib.
"""

from __future__ import annotations

import sys
from typing import Any

PAPER = (0x18 / 255, 0x1C / 255, 0x20 / 255)
INK = (0xE8 / 255, 0xEB / 255, 0xED / 255)
GREY = 0.12  # how far the parts of a grey may be apart
LEAST = 0.16  # luminance of a line on the dark paper, for a contrast of three to one
PARTS = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")


def recolour(figure: Any) -> None:
    """Changes the figure itself, which is closed afterwards."""
    kept = {id(artist) for axes in figure.axes if _is_map(axes) for artist in _inside(axes)}
    changes: list[tuple[Any, Any]] = []  # all is read first: one part may follow another
    for artist in figure.findobj():
        own = id(artist) not in kept and not hasattr(artist, "patch")  # of figures and axes: a child's
        if not own or (hasattr(artist, "get_cmap") and artist.get_array() is not None):
            continue
        box = artist.get_bbox_patch() if hasattr(artist, "get_bbox_patch") else None
        for each in (artist, box, getattr(artist, "arrow_patch", None)):  # no children of a text
            if each is not None:
                changes += [change for part in PARTS if (change := _change(each, part))]
    for write, colour in changes:
        write(colour)


def _is_map(axes: Any) -> bool:
    return bool(axes.images) or any(
        each.get_array() is not None and type(each).__name__ != "PathCollection" for each in axes.collections
    )


def _inside(axes: Any) -> list[Any]:
    mine = [*axes.texts, *axes.lines, *axes.collections, *axes.patches]
    return [part for artist in mine for part in artist.findobj()]


def _change(artist: Any, part: str) -> tuple[Any, Any] | None:
    """How to set one colour of an artist, and to what; None where it has none."""
    read, write = getattr(artist, f"get_{part}", None), getattr(artist, f"set_{part}", None)
    if read is None or write is None:
        return None
    try:
        before = read()
        if isinstance(before, str) and before in ("none", "auto", "inherit"):
            return None
        found = sys.modules["matplotlib.colors"].to_rgba_array(before).tolist()
    except (TypeError, ValueError, AttributeError):
        return None  # a part that is no colour stays as it is
    after = [_for_dark(*colour) for colour in found]
    return (write, after[0] if len(after) == 1 else after) if after else None


def _for_dark(red: float, green: float, blue: float, alpha: float) -> tuple[float, float, float, float]:
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    if max(red, green, blue) - min(red, green, blue) <= GREY:
        mixed = [paper + (ink - paper) * (1 - light) for paper, ink in zip(PAPER, INK, strict=True)]
        return mixed[0], mixed[1], mixed[2], alpha
    for _ in range(8):
        if _luminance(red, green, blue) >= LEAST:
            break
        red, green, blue = (part + (1 - part) * 0.15 for part in (red, green, blue))
    return red, green, blue, alpha


def _luminance(*parts: float) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
