"""Named mutants: wrong answers that an exercise must reject, each with the sentence its learner reads.

Most are a small change of the reference and stand together in `mutants.toml`:

    [[mutant]]
    name = "stops_one_short"
    tasks = [1]                        # it must fail at one of these; "static": refused before it runs
    tell = "The last number of each row is left out."
    replace = "range(A.shape[1])"      # stands exactly once in reference.py
    with = "range(A.shape[1] - 1)"

    full = true                        # only where the short size of a training cannot show it

Several places at once are `edits = [["old", "new"], ...]` instead of `replace` and `with`. An answer that
is built differently is a file of its own, `mutants/<name>.py`, whose docstring begins with `task: 1, 2`
(or `task: 1, 2 (full)`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from grader.exercise import manifest
from grader.exercise.mistakes import ExerciseError

EDITS = "mutants.toml"
_KEYS = ("name", "tasks", "tell", "replace", "with", "edits", "full")
_WRITE = 'write replace = "..." and with = "...", or edits = [["old", "new"], ...]'


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A wrong solution. It must fail at one of `tasks`, or (`static`) be refused before it runs.

    `full`: it is asked at full size where others are asked in short.
    """

    name: str
    source: str
    tasks: tuple[int, ...]
    static: bool
    explanation: str
    full: bool = False


def of_file(file: str, text: str, docstring: str, known: frozenset[int]) -> Mutant:
    """The mutant of a whole file. Raises ExerciseError."""
    head, _, explanation = docstring.partition("\n")
    match = re.fullmatch(r"task:\s*(static|\d+(?:\s*,\s*\d+)*(\s*\(full\))?)", head.strip())
    if match is None:
        raise ExerciseError(
            file, 1, "its docstring must begin with a line `task: 2` (or `task: 1, 2`, or `task: static`)."
        )
    static = match[1] == "static"
    tasks = () if static else tuple(map(int, re.findall(r"\d+", match[1])))
    for number in tasks:
        if number not in known:
            raise ExerciseError(file, 1, f"it names task {number}, which exercise.toml does not have.")
    explanation = explanation.strip()
    if not explanation:
        raise ExerciseError(
            file, 1, "after the `task:` line, tell the learner in a sentence what went wrong."
        )
    name = PurePosixPath(file).stem
    full = match[2] is not None
    return Mutant(name=name, source=text, tasks=tasks, static=static, explanation=explanation, full=full)


def of_edits(file: str, text: str, reference: str, known: frozenset[int]) -> dict[str, Mutant]:
    """The mutants of a `mutants.toml`, by name. Raises ExerciseError with the line of the entry."""
    data = manifest.loads(text, file)
    reader = manifest.Reader(text, file)
    reader.known(data, ["mutant"])
    items = data.get("mutant", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise reader.mistake("mutant", "write [[mutant]] with name, tasks, tell, replace and with.")
    found: dict[str, Mutant] = {}
    for nth, item in enumerate(items):
        where: dict[str, Any] = {"section": "mutant", "nth": nth}
        reader.known(item, _KEYS, **where)
        name = reader.text(item, "name", **where)
        if not re.fullmatch(r"[a-z]\w*", name):
            raise reader.mistake("name", f'"{name}" must be a name of small letters and _.', **where)
        if name in found:
            raise reader.mistake("name", f"there are two mutants `{name}`.", **where)
        tasks = _tasks(reader, item, known, where)
        full = item.get("full", False)
        if not isinstance(full, bool):
            raise reader.mistake("full", "full must be true or false.", **where)
        found[name] = Mutant(
            name=name,
            source=_edited(reader, name, _edits(reader, item, where), reference, where),
            tasks=tasks,
            static=not tasks,
            explanation=reader.text(item, "tell", **where),
            full=full,
        )
    return found


def _tasks(
    reader: manifest.Reader, item: Mapping[str, Any], known: frozenset[int], where: dict[str, Any]
) -> tuple[int, ...]:
    value = item.get("tasks")
    if value == "static":
        return ()
    if not isinstance(value, list) or not value or any(type(number) is not int for number in value):
        raise reader.mistake("tasks", 'tasks must be a list, as in [1, 2], or "static".', **where)
    for number in value:
        if number not in known:
            raise reader.mistake(
                "tasks", f"it names task {number}, which exercise.toml does not have.", **where
            )
    return tuple(value)


def _edits(reader: manifest.Reader, item: Mapping[str, Any], where: dict[str, Any]) -> list[tuple[str, str]]:
    one = [item[key] for key in ("replace", "with") if key in item]
    many = item.get("edits")
    pairs = [one] if many is None else many
    right = (many is None or not one) and isinstance(pairs, list) and len(pairs) > 0
    if not right or not all(_is_edit(pair) for pair in pairs):
        raise reader.mistake("replace" if many is None else "edits", f"{_WRITE}.", **where)
    return [(old, new) for old, new in pairs]


def _is_edit(pair: object) -> bool:
    texts = isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair)
    return texts and bool(pair[0].strip())  # type: ignore[index]


def _edited(
    reader: manifest.Reader,
    name: str,
    edits: list[tuple[str, str]],
    reference: str,
    where: dict[str, Any],
) -> str:
    """The reference with every edit made. Each `old` is looked for in the reference as it stands."""
    key = "replace" if len(edits) == 1 else "edits"
    spans: list[tuple[int, int, str]] = []
    for old, new in edits:
        times = reference.count(old)
        if times != 1:
            shown = old.strip().splitlines()[0]
            often = "nowhere" if times == 0 else f"{times} times"
            raise reader.mistake(
                key,
                f"mutant `{name}`: `{shown}` stands {often} in reference.py, not exactly once.",
                **where,
            )
        start = reference.index(old)
        spans.append((start, start + len(old), new))
    spans.sort()
    if any(before[1] > after[0] for before, after in pairwise(spans)):
        raise reader.mistake(key, f"mutant `{name}`: two of its edits overlap.", **where)
    for start, end, new in reversed(spans):
        reference = reference[:start] + new + reference[end:]
    return reference
