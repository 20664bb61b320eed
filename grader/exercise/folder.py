"""An exercise as frozen data, read from its folder or from a dict of texts, never executed.

    exercise.toml  task.md  starter.py  reference.py  probes.py  alternatives/*.py
    mutants.toml  mutants/*.py     (wrong answers: edits of the reference, or whole files)
    given.py  equivalent.toml      (both optional)

Everything an author can get wrong in these texts is found here and told with file and line. Whether
the code in them does what it should is for `grader.proving.gate` to prove.

An exercise that `uses` others is read together with them: what their answers are is part of what it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from grader.exercise import manifest, mutants, pieces, probes, reader
from grader.exercise.manifest import ExerciseLimits, Forbidden, Manifest, Task
from grader.exercise.mistakes import ExerciseError
from grader.exercise.mutants import Mutant
from grader.exercise.probes import Probe
from grader.exercise.trees import LARGEST_TEXT
from grader.sandbox.box import Profile

__all__ = [
    "Exercise",
    "ExerciseError",
    "ExerciseLimits",
    "Forbidden",
    "Mutant",
    "Solution",
    "Task",
    "from_files",
    "load",
]

_REQUIRED = ("exercise.toml", "task.md", "starter.py", "reference.py", "probes.py")
_OPTIONAL = ("given.py", "equivalent.toml", mutants.EDITS)
_DECIDE = ("reference.py", "probes.py", "given.py")
_FOLDERS = ("alternatives", "mutants")
PROOF = "proof.json"
"""What `grader verify` may leave beside an exercise: no part of it and of no digest."""
BARS = "bars.md"
"""What its author measured before choosing bands: for readers of the folder, no part of the exercise."""


Find = Callable[[str], Mapping[str, str] | None]
"""The files of another exercise of the same course, by its name; None where there is none."""


def _nowhere(name: str) -> None:
    """An exercise that stands alone."""


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A solution in a style of its own that must pass."""

    name: str
    source: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise. `files` are the texts it was made of, `id` is "module folder/exercise folder".

    `equivalents` maps automatic mutations that its author calls equivalent to the reason; `permits` maps
    questions of the engine that are not asked here, and `explained` wrappers that are right here, to the
    sentence of the page that allows it. `loops` says of functions how deep loops are nested in them.
    `uses` are the exercises whose answers it imports as modules of `mylib`.
    """

    id: str
    title: str
    summary: str
    minutes: int
    profile: Profile
    device: str
    requires: tuple[str, ...]
    uses: tuple[Exercise, ...]
    limits: ExerciseLimits
    forbidden: Forbidden
    tasks: tuple[Task, ...]
    task_md: str
    starter: str
    reference: str
    given: str
    probes: tuple[Probe, ...]
    alternatives: tuple[Solution, ...]
    mutants: tuple[Mutant, ...]
    equivalents: Mapping[str, str]
    explained: Mapping[str, str]
    permits: Mapping[str, str]
    loops: Mapping[str, int]
    grading_digest: str
    digest: str
    files: Mapping[str, str]

    @property
    def module(self) -> str:
        """What it is called in `mylib` where others use it."""
        return pieces.module_of(self.id)

    @cached_property
    def pieces(self) -> tuple[Exercise, ...]:
        """All that it is built on, with what its pieces use themselves: each once, after what it needs."""
        found: dict[str, Exercise] = {}
        for used in self.uses:
            found |= {piece.id: piece for piece in (*used.pieces, used) if piece.id not in found}
        return tuple(found.values())

    @property
    def built_on(self) -> list[tuple[str, str, bool]]:
        """Of each of its `pieces` the name, the module, and whether its own `uses` names it."""
        named = {used.id for used in self.uses}
        return [(piece.id, piece.module, piece.id in named) for piece in self.pieces]

    @cached_property
    def as_piece(self) -> str:
        """Digest of all in it that can change what code does that imports its answer: what is given, the
        reference, the alternatives, the fence, and what it uses itself. Not of its probes."""
        texts = {"given.py": self.given, "reference.py": self.reference}
        texts |= {f"alternatives/{other.name}.py": other.source for other in self.alternatives}
        shapes = {
            path: str(reader.ask("shape", seconds=reader.FOR_AN_AUTHOR, text=text))
            for path, text in texts.items()
        }
        fence = [self.forbidden.names, self.forbidden.loops_in]
        return _sha256(json.dumps([shapes, fence, {used.id: used.as_piece for used in self.uses}]))

    def task(self, number: int) -> Task:
        return next(task for task in self.tasks if task.id == number)

    def probe(self, name: str) -> Probe:
        return next(probe for probe in self.probes if probe.name == name)

    def possible(self, task: int) -> float:
        """The points that a task is worth."""
        return sum(probe.points for probe in self.probes if probe.task == task)


def load(folder: Path) -> Exercise:
    """The exercise in a folder, whose course is the folder above its module. Raises ExerciseError."""
    folder = folder.absolute()
    name = f"{folder.parent.name}/{folder.name}"
    if not folder.is_dir():
        raise ExerciseError(name, None, "there is no such folder.")
    course = folder.parent.parent

    def find(other: str) -> Mapping[str, str] | None:
        return _read(other, course / other) if (course / other).is_dir() else None

    return from_files(name, _read(name, folder), find)


def _read(name: str, folder: Path) -> dict[str, str]:
    files = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if path.is_dir() or _passed_over(relative):
            continue
        if path.stat().st_size > LARGEST_TEXT:
            raise ExerciseError(f"{name}/{relative}", None, f"it is larger than {LARGEST_TEXT // 1024} kB.")
        try:
            files[relative] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise ExerciseError(f"{name}/{relative}", None, "it is not UTF-8 text.") from None
    return files


def from_files(id: str, files: Mapping[str, str], find: Find = _nowhere) -> Exercise:  # noqa: A002  the word of the whole project
    """The same from texts by relative path, as a revision stores them; `find` brings what it uses.

    Raises ExerciseError.
    """
    try:
        return _from_files(id, files, _Course(find))
    except RecursionError:
        raise ExerciseError(id, None, "some of its code is nested too deeply.") from None


class _Course:
    """What an exercise is built on, each exercise read once."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._read: dict[str, Exercise] = {}
        self._reading: list[str] = []

    def used(self, id: str, about: Manifest, text: str) -> tuple[Exercise, ...]:  # noqa: A002
        """The exercises that the one called `id` uses; `text` is its exercise.toml. Raises ExerciseError."""
        told = manifest.Reader(text, f"{id}/exercise.toml")
        self._reading.append(id)
        found = []
        for name in about.uses:
            if name in self._reading:
                circle = " -> ".join([*self._reading[self._reading.index(name) :], name])
                raise told.mistake("uses", f"these exercises use each other in a circle: {circle}.")
            if name not in self._read:
                files = self._find(name)
                if files is None:
                    raise told.mistake(
                        "uses", f'there is no exercise "{name}" in this course. Is its folder called that?'
                    )
                if len(self._reading) + len(self._read) > pieces.MOST_TOGETHER:
                    raise told.mistake(
                        "uses", f"with all that is used in turn these are more than {pieces.MOST_TOGETHER}."
                    )
                self._read[name] = _from_files(name, files, self)
            found.append(self._read[name])
        self._reading.pop()
        return tuple(found)


_WITHIN = {Profile.NUMPY: 0, Profile.TORCH: 1, Profile.GPU: 2}
"""Each of these has all libraries of those before it."""


def _check_pieces(exercise: Exercise) -> None:
    """What must hold of all modules of one box together."""
    told = manifest.Reader(exercise.files["exercise.toml"], f"{exercise.id}/exercise.toml")
    names: dict[str, str] = {}
    for piece in exercise.pieces:
        other = names.setdefault(piece.module, piece.id)
        if other != piece.id:
            raise told.mistake(
                "uses", f'"{other}" and "{piece.id}" would both be `mylib.{piece.module}`. Rename one folder.'
            )
        if _WITHIN[piece.profile] > _WITHIN[exercise.profile]:
            raise told.mistake(
                "uses", f'"{piece.id}" needs {piece.profile}: write profile = "{piece.profile}" here, too.'
            )


def _from_files(id: str, files: Mapping[str, str], course: _Course) -> Exercise:  # noqa: A002
    files = {path: files[path].replace("\r\n", "\n").replace("\r", "\n") for path in sorted(files)}
    _check_names(id, files)
    about = manifest.read(files["exercise.toml"], f"{id}/exercise.toml")
    code = {
        path: _code(text, f"{id}/{path}", decides=path in _DECIDE)
        for path, text in files.items()
        if path.endswith(".py")
    }
    found = probes.parse(
        files["probes.py"],
        file=f"{id}/probes.py",
        profile=about.profile,
        reference=files["reference.py"],
        given=files.get("given.py", ""),
    )
    _check_tasks(id, about, found)
    _check_headings(id, about, files["task.md"])
    explained = manifest.read_explained(files.get("equivalent.toml", ""), f"{id}/equivalent.toml")
    _check_sentences(f"{id}/exercise.toml", about.permits, files["task.md"])
    _check_sentences(f"{id}/equivalent.toml", explained, files["task.md"])
    uses = course.used(id, about, files["exercise.toml"])
    whole: object = [files, {used.id: used.digest for used in uses}] if uses else files
    exercise = Exercise(
        id=id,
        title=about.title,
        summary=about.summary,
        minutes=about.minutes,
        profile=about.profile,
        device=about.device,
        requires=about.requires,
        uses=uses,
        limits=about.limits,
        forbidden=about.forbidden,
        tasks=about.tasks,
        task_md=files["task.md"],
        starter=files["starter.py"],
        reference=files["reference.py"],
        given=files.get("given.py", ""),
        probes=found,
        alternatives=tuple(
            Solution(name=_stem(path), source=files[path], description=code[path].docstring)
            for path in files
            if path.startswith("alternatives/")
        ),
        mutants=_mutants(id, files, code, about),
        equivalents=manifest.read_equivalents(files.get("equivalent.toml", ""), f"{id}/equivalent.toml"),
        explained=explained,
        permits=about.permits,
        loops=about.loops,
        grading_digest=_grading_digest(about, code, uses),
        digest=_sha256(json.dumps(whole, sort_keys=True)),
        files=files,
    )
    _check_pieces(exercise)
    return exercise


@dataclass(frozen=True)
class _Code:
    """What is to know of a Python file: its docstring and, where it decides, all that is no prose."""

    docstring: str
    shape: str


def _code(text: str, file: str, *, decides: bool) -> _Code:
    try:
        return _Code(
            **reader.ask("python", seconds=reader.FOR_AN_AUTHOR, text=text, file=file, decides=decides)
        )
    except reader.TooMuchError as error:
        raise ExerciseError(file, None, f"it cannot be read: it is {error}.") from None


def _passed_over(relative: str) -> bool:
    parts = relative.split("/")
    return relative in (PROOF, BARS) or any(part.startswith(".") or part == "__pycache__" for part in parts)


def _stem(path: str) -> str:
    return PurePosixPath(path).stem


def _check_names(id: str, files: Mapping[str, str]) -> None:  # noqa: A002
    for path in _REQUIRED:
        if path not in files:
            raise ExerciseError(f"{id}/{path}", None, "this file is missing.")
    for path in files:
        folder, _, name = path.rpartition("/")
        known = path in (*_REQUIRED, *_OPTIONAL) or (folder in _FOLDERS and name.endswith(".py"))
        if not known:
            raise ExerciseError(f"{id}/{path}", None, "nothing reads a file of this name here.")


def _check_tasks(id: str, about: Manifest, found: tuple[Probe, ...]) -> None:  # noqa: A002
    file = f"{id}/probes.py"
    numbers = {task.id for task in about.tasks}
    for probe in found:
        if probe.task not in numbers:
            raise ExerciseError(
                file,
                probe.line,
                f"probe `{probe.name}` belongs to task {probe.task}, which exercise.toml does not have.",
            )
    for task in about.tasks:
        mine = [probe for probe in found if probe.task == task.id]
        if not mine:
            raise ExerciseError(file, None, f"task {task.id} has no probe.")
        if all(probe.veto for probe in mine):
            raise ExerciseError(
                file,
                mine[0].line,
                f"task {task.id} has nothing but veto probes, whose values can be known without solving it.",
            )
        if not any(not probe.visible and not probe.veto for probe in mine):
            raise ExerciseError(
                file,
                mine[0].line,
                f"task {task.id} has no hidden probe that pays: the visible values could be copied.",
            )
    if not any(probe.visible for probe in found):
        raise ExerciseError(file, None, "no probe is visible, so Run would have nothing to show.")


def _check_headings(id: str, about: Manifest, text: str) -> None:  # noqa: A002
    file = f"{id}/task.md"
    numbers = {task.id for task in about.tasks}
    seen: dict[int, int] = {}
    fence = ""
    for line, content in enumerate(text.split("\n"), 1):
        mark = re.match(r"\s{0,3}(`{3,}|~{3,})", content)
        if mark and (not fence or (content.strip() == mark[1] and mark[1].startswith(fence))):
            fence = "" if fence else mark[1]
        heading = None if fence else re.match(r"##\s+Task\s+(\d+)\s*(?::\s*(.*))?$", content)
        if heading is None:
            continue
        number = int(heading[1])
        if number not in numbers:
            raise ExerciseError(
                file, line, f"there is a heading for task {number}, which exercise.toml does not have."
            )
        if number in seen:
            raise ExerciseError(
                file, line, f"there is already a heading for task {number} at line {seen[number]}."
            )
        seen[number] = line
    for number in sorted(numbers - seen.keys()):
        raise ExerciseError(file, None, f"there is no heading `## Task {number}: ...`.")


def _check_sentences(file: str, allowed: Mapping[str, str], page: str) -> None:
    """What is allowed must be said to learners, word for word."""
    words = " ".join(page.split())
    for name, sentence in allowed.items():
        if " ".join(sentence.split()) not in words:
            raise ExerciseError(file, None, f"the sentence that allows `{name}` does not stand in task.md.")


def _mutants(
    id: str,  # noqa: A002
    files: Mapping[str, str],
    code: Mapping[str, _Code],
    about: Manifest,
) -> tuple[Mutant, ...]:
    """All named mutants, by name: those of `mutants.toml` and those in files of their own."""
    known = frozenset(task.id for task in about.tasks)
    found = mutants.of_edits(
        f"{id}/{mutants.EDITS}", files.get(mutants.EDITS, ""), files["reference.py"], known
    )
    for mutant in found.values():
        _code(mutant.source, f"{id}/{mutants.EDITS}: mutant `{mutant.name}`", decides=False)
    for path in files:
        if not path.startswith("mutants/"):
            continue
        if _stem(path) in found:
            raise ExerciseError(f"{id}/{path}", None, f"{mutants.EDITS} has a mutant of this name, too.")
        found[_stem(path)] = mutants.of_file(f"{id}/{path}", files[path], code[path].docstring, known)
    return tuple(found[name] for name in sorted(found))


def _grading_digest(about: Manifest, code: Mapping[str, _Code], uses: tuple[Exercise, ...]) -> str:
    """Covers what decides a verdict, not prose: comments, docstrings and layout change nothing."""
    shapes = {path: code[path].shape for path in _DECIDE if path in code}
    settings: dict[str, object] = {
        "profile": about.profile.value,
        "device": about.device,
        "limits": vars(about.limits),
        "forbidden": [about.forbidden.names, about.forbidden.loops_in],
    }
    if about.permits:
        settings["permits"] = sorted(about.permits)
    if about.loops:
        settings["loops"] = dict(about.loops)
    if uses:
        settings["uses"] = {used.id: used.as_piece for used in uses}
    return _sha256(json.dumps([shapes, settings], sort_keys=True))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
