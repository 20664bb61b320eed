"""Names of pieces: exercises whose answers a later one imports, as in `from mylib.multi_head import MHA`."""

from __future__ import annotations

import keyword
import re

PACKAGE = "mylib"
MOST = 6
"""How many exercises one may name in `uses`."""
MOST_TOGETHER = 24
"""How many modules there may be in a box, with those that its pieces use themselves."""


def module_of(name: str) -> str:
    """The module of an exercise: `multi_head` of "11-attention/04-multi-head"; empty if that is no name."""
    module = re.sub(r"^\d+-", "", name.rpartition("/")[2]).replace("-", "_")
    return module if module.isascii() and module.isidentifier() and not keyword.iskeyword(module) else ""


def number_of(name: str) -> str:
    """How people call an exercise: "11-attention/04-multi-head" is 11.4; the name where it has no numbers."""
    found = re.fullmatch(r"0*(\d+)-[^/]*/0*(\d+)-.*", name)
    return f"{found[1]}.{found[2]}" if found else name
