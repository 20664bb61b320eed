"""Reads `exercise.toml`: the facts about an exercise that are not code. Every mistake has a line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from grader.exercise import pieces
from grader.exercise.mistakes import ExerciseError, like
from grader.sandbox.box import AUTHORS, Profile

QUESTIONS = ("first", "kept", "overwritten", "written", "reused", "between", "twice", "beside")
"""What the engine asks of hidden probes beside their own questions: see grader/grading/questions.py."""
DEVICES = ("cpu", "gpu-preferred", "gpu-required")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, kw_only=True)
class ExerciseLimits:
    """What a learner's code may use. Times are wall time, measured outside."""

    seconds: float = 5.0
    probe_seconds: float = 5.0
    memory_mb: int = 512
    output_kb: int = 256


@dataclass(frozen=True, kw_only=True)
class Forbidden:
    """The static fence: dotted names that may not be used, functions that may hold no loop."""

    names: tuple[str, ...] = ()
    loops_in: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Task:
    """One step of an exercise."""

    id: int
    title: str
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What `exercise.toml` says."""

    title: str
    summary: str
    minutes: int
    profile: Profile
    device: str
    requires: tuple[str, ...]
    limits: ExerciseLimits
    forbidden: Forbidden
    tasks: tuple[Task, ...]
    uses: tuple[str, ...] = ()
    permits: Mapping[str, str] = field(default_factory=dict)
    loops: Mapping[str, int] = field(default_factory=dict)


def read(text: str, file: str) -> Manifest:
    """The manifest of a text. Raises ExerciseError."""
    return Reader(text, file).manifest(loads(text, file))


def read_equivalents(text: str, file: str) -> dict[str, str]:
    """`equivalent.toml`: automatic mutations that change nothing, each with the author's reason."""
    data = loads(text, file)
    reader = Reader(text, file)
    reader.known(data, ["equivalent", "explained"])
    return reader.pairs(data, "equivalent", "mutation", "reason")


def read_explained(text: str, file: str) -> dict[str, str]:
    """Of the same file the wrappers of the reference that are right, each with the page's sentence."""
    return Reader(text, file).pairs(loads(text, file), "explained", "wrapper", "sentence")


def loads(text: str, file: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises ExerciseError with the line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        sentence = str(error)[: found.start()] if found else str(error)
        raise ExerciseError(file, line, f"this is not TOML: {sentence}.") from None
    except (RecursionError, ValueError) as error:
        raise ExerciseError(file, None, f"this is not TOML: {error}.") from None


_PAIRS = {
    "equivalent": "the name that stands in brackets behind a survivor",
    "explained": "the name that the gate says behind `the reference wrapped as`",
}
"""What the first text of each table of `equivalent.toml` is."""


class Reader:
    """Takes values out of a parsed TOML text; what is wrong is told with the line that sets it."""

    def __init__(self, text: str, file: str) -> None:
        self.lines = text.split("\n")
        self.file = file

    def mistake(self, key: str, sentence: str, *, nth: int = 0, section: str = "") -> ExerciseError:
        """The error at the line that sets `key`, at the top or in the nth table of a section."""
        sets = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
        opens = re.compile(rf"\s*\[+\s*{re.escape(section or key)}\s*\]+")
        tables = [n for n, line in enumerate(self.lines) if re.match(r"\s*\[", line)] + [len(self.lines)]
        opened = [n for n in tables[:-1] if opens.match(self.lines[n])]
        start, end = 0, tables[0]
        if section and opened:
            start = opened[min(nth, len(opened) - 1)]
            end = next(n for n in tables if n > start)
        hits = [n for n in range(start, end) if sets.match(self.lines[n])]
        found = hits or ([start] if section else opened)
        line = found[0] + 1 if found else None
        return ExerciseError(self.file, line, sentence)

    def manifest(self, data: dict[str, Any]) -> Manifest:
        self.known(data, [one.name for one in fields(Manifest)])
        profile = self.text(data, "profile", "numpy")
        if profile not in {p.value for p in set(Profile) - AUTHORS}:
            raise self.mistake("profile", 'profile must be "numpy", "torch" or "gpu".')
        device = self.text(data, "device", "cpu")
        if device not in DEVICES:
            raise self.mistake(
                "device", "device must be one of " + ", ".join(f'"{name}"' for name in DEVICES) + "."
            )
        minutes = data.get("minutes")
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 < minutes <= 600:
            raise self.mistake("minutes", "minutes must be a whole number: how long it takes a learner.")
        requires = self.texts(data, "requires")
        for item in requires:
            if not re.fullmatch(r"[\w-]+/[\w-]+", item):
                raise self.mistake(
                    "requires", f'"{item}" does not name an exercise: write "module/exercise".'
                )
        uses = self.uses(data)
        return Manifest(
            title=self.text(data, "title"),
            summary=self.text(data, "summary"),
            minutes=minutes,
            profile=Profile(profile),
            device=device,
            requires=tuple(dict.fromkeys((*requires, *uses))),
            uses=uses,
            limits=self.limits(self.table(data, "limits")),
            forbidden=self.forbidden(self.table(data, "forbidden")),
            tasks=self.tasks(data),
            permits=self.permits(self.table(data, "permits")),
            loops=self.loops(self.table(data, "loops")),
        )

    def known(
        self,
        data: dict[str, Any],
        names: Iterable[str],
        *,
        section: str = "",
        nth: int = 0,
        write: str = "",
    ) -> None:
        """Raises for a key that is none of these names. `write`: a sentence, what to type instead."""
        names = list(names)
        for key in data:
            if key not in names:
                near = like(key, names)
                where = f"[{section}] knows no" if section else "nothing reads"
                told = f"{where} `{key}`{near}"
                if not near or write:
                    *most, last = [f"`{name}`" for name in names]
                    told += f"; what may stand here: {', '.join(most)}{' and ' if most else ''}{last}"
                raise self.mistake(key, f"{told}.{write and f' {write}'}", section=section, nth=nth)

    def table(self, data: dict[str, Any], key: str) -> dict[str, Any]:
        value = data.get(key, {})
        if not isinstance(value, dict):
            raise self.mistake(key, f"{key} must be a table: [{key}].")
        return value

    def text(self, data: dict[str, Any], key: str, default: str | None = None, **where: Any) -> str:
        value = data.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.mistake(key, f"{key} is missing, or is not a text.", **where)
        return value.strip()

    def texts(self, data: dict[str, Any], key: str, **where: Any) -> tuple[str, ...]:
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.mistake(key, f"{key} must be a list of texts.", **where)
        return tuple(item.strip() for item in value)

    def uses(self, data: dict[str, Any]) -> tuple[str, ...]:
        """The exercises whose answers this one imports."""
        names = self.texts(data, "uses")
        if len(names) > pieces.MOST:
            raise self.mistake("uses", f"uses names {len(names)} exercises, at most {pieces.MOST} may be.")
        for name in names:
            if not re.fullmatch(r"[\w-]+/[\w-]+", name):
                raise self.mistake("uses", f'"{name}" does not name an exercise: write "module/exercise".')
            if names.count(name) > 1:
                raise self.mistake("uses", f'"{name}" stands twice in uses: write it once.')
            if not pieces.module_of(name):
                raise self.mistake(
                    "uses",
                    f'no module can be called after "{name}": without its number and with _ for -, the '
                    "folder's name must be a Python name. Rename that folder.",
                )
        return names

    def limits(self, data: dict[str, Any]) -> ExerciseLimits:
        self.known(data, [one.name for one in fields(ExerciseLimits)], section="limits")
        for key, value in data.items():
            whole = key in ("memory_mb", "output_kb")
            right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
            if not right or not 0 < value <= 1e6:
                raise self.mistake(
                    key, f"{key} must be a {'whole ' if whole else ''}number above 0.", section="limits"
                )
        return ExerciseLimits(**data)

    def forbidden(self, data: dict[str, Any]) -> Forbidden:
        self.known(data, [one.name for one in fields(Forbidden)], section="forbidden")
        found = {key: self.texts(data, key, section="forbidden") for key in data}
        for key, names in found.items():
            for name in names:
                if not _DOTTED.fullmatch(name) or (key == "loops_in" and "." in name):
                    what = "a dotted name" if key == "names" else "the name of a function"
                    raise self.mistake(key, f'"{name}" is not {what}.', section="forbidden")
        return Forbidden(**found)

    def pairs(self, data: dict[str, Any], section: str, key: str, value: str) -> dict[str, str]:
        """The tables of a section, each with two texts."""
        found: dict[str, str] = {}
        items = data.get(section, [])
        write = f'Write {key} = "..." ({_PAIRS[section]}) and {value} = "...".'
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise self.mistake(section, f"write [[{section}]] with {key} and {value}.")
        for nth, item in enumerate(items):
            self.known(item, [key, value], section=section, nth=nth, write=write)
            name = self.text(item, key, section=section, nth=nth)
            found[name] = self.text(item, value, section=section, nth=nth)
        return found

    def permits(self, data: dict[str, Any]) -> dict[str, str]:
        """For each of the engine's own questions that is not asked here the page's sentence that says why."""
        self.known(data, QUESTIONS, section="permits")
        return {key: self.text(data, key, section="permits") for key in data}

    def loops(self, data: dict[str, Any]) -> dict[str, int]:
        """For functions whose form is part of the task, how many loops stand inside each other in them."""
        for key, depth in data.items():
            if type(depth) is not int or not 0 <= depth <= 9:
                raise self.mistake(key, f"{key} must be a whole number of loops, 0 to 9.", section="loops")
            if not key.isidentifier():
                raise self.mistake(key, f'"{key}" cannot be the name of a function.', section="loops")
        return dict(data)

    def tasks(self, data: dict[str, Any]) -> tuple[Task, ...]:
        items = data.get("tasks")
        if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
            raise self.mistake(
                "tasks", "an exercise has at least one task: [[tasks]] with id, title and hints."
            )
        tasks = []
        for nth, item in enumerate(items):
            self.known(item, [one.name for one in fields(Task)], section="tasks", nth=nth)
            number = item.get("id")
            if number != nth + 1 or isinstance(number, bool):
                raise self.mistake(
                    "id",
                    f"tasks are numbered in their order: this one has id = {nth + 1}.",
                    section="tasks",
                    nth=nth,
                )
            title = self.text(item, "title", section="tasks", nth=nth)
            tasks.append(
                Task(id=nth + 1, title=title, hints=self.texts(item, "hints", section="tasks", nth=nth))
            )
        return tuple(tasks)
