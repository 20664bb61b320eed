"""What changed between two texts, line by line, for a page to show."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

MOST_LINES = 4_000


@dataclass(frozen=True)
class DiffLine:
    """`kind` is add, del, same or hunk (a jump to a line, counted from 1)."""

    kind: str
    text: str


def diff_lines(before: str, after: str) -> list[DiffLine]:
    """A unified diff with three lines of context; empty when both are the same."""
    old, new = before.splitlines()[:MOST_LINES], after.splitlines()[:MOST_LINES]
    kinds = {"+": "add", "-": "del", " ": "same", "@": "hunk"}
    lines = list(difflib.unified_diff(old, new, lineterm="", n=3))[2:]
    return [DiffLine(kinds[line[0]], _shown(line)) for line in lines]


def _shown(line: str) -> str:
    """`@@ -11,4 +12,5 @@` is read by machines: people are told the line of the newer text."""
    jump = re.match(r"@@ -\S+ \+(\d+)", line)
    return f"line {max(1, int(jump[1]))}" if jump else line[:1] + " " + line[1:]
