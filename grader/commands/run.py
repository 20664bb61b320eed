"""`grader run`: one solution graded on the command line."""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from grader.commands.common import EXPECTED, VAR, UsageError, open_pool, print_json, progress
from grader.exercise.folder import Exercise, load
from grader.grading.expected import FolderStore, compute, missing
from grader.grading.pieces import Own
from grader.grading.session import Graded, GraderFault, Job, grade
from grader.verdict import Kind, Verdict

KEY = VAR / "grader-key"


def run(options: argparse.Namespace) -> int:
    """Grade, and print the verdict. Returns the exit code."""
    exercise = load(options.exercise)
    source = _source(options.solution)
    using = used_files(options.using, exercise)
    seeds = _replayed(options.replay, exercise.grading_digest) if options.replay else {}
    kind = Kind.RUN if options.visible else Kind.SUBMIT
    store = FolderStore(EXPECTED)
    with open_pool(options.sandbox, [exercise]) as pool:
        key = made_key(KEY)
        compute(exercise, pool, store, progress=progress, key=key)
        digest = pool.backend.box_digest(exercise.profile)
        replayed = [(name, seed) for name, chosen in seeds.items() for seed in chosen]
        compute(exercise, pool, store, cases=missing(exercise, store, digest, replayed))
        job = Job(
            exercise=exercise,
            source=source,
            kind=kind,
            using=using,
            seed_key=os.urandom(16),
            seeds=seeds,
            key=key,
        )
        verdict: Verdict | None = None
        for event in grade(job, pool=pool, store=store):
            if isinstance(event, Graded):
                verdict = event.verdict
    if verdict is None:
        raise GraderFault("the grading ended without a verdict")
    if options.json:
        print_json(verdict.for_staff())
    else:
        sys.stdout.write(_as_text(verdict))
    return 0


def used_files(given: Sequence[str], exercise: Exercise) -> dict[str, Own]:
    """The pieces that the command line brings, by the name of their exercise."""
    known = {piece.module: piece.id for piece in exercise.pieces}
    found = {}
    for each in given:
        name, _, file = each.partition("=")
        if name not in known or not file:
            names = ", ".join(sorted(known)) or "none"
            raise UsageError(f"--using {each}: write NAME=FILE; the pieces of {exercise.id} are: {names}.")
        source = _source(Path(file))
        try:
            text = source.decode() if isinstance(source, bytes) else source
        except UnicodeDecodeError:
            raise UsageError(f"{file}: this is not UTF-8 text.") from None
        found[known[name]] = Own(source=text, mark=file)
    return found


def made_key(file: Path) -> bytes:
    """What this folder's hidden seeds are made from: a key of its own, made on first use."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        handle, fresh = tempfile.mkstemp(dir=file.parent, prefix=".new-key-")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as out:
                out.write(secrets.token_hex(32) + "\n")
            with suppress(FileExistsError):  # another one was first
                os.link(fresh, file)
        finally:
            os.unlink(fresh)  # noqa: PTH108
    key = file.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"[0-9a-f]{32,}", key):
        raise UsageError(f"{file}: this is not a key; remove the file, a new one is made.")
    return bytes.fromhex(key)


def _source(path: Path) -> str | bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    if path.suffix != ".ipynb":
        return data
    from grader.notebooks.notebook import to_source  # nbformat is slow to import and rarely needed

    try:
        return to_source(data)
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None


def _replayed(path: Path, grading_digest: str) -> dict[str, tuple[str, ...]]:
    try:
        verdict = json.loads(path.read_bytes())
        if verdict["grading_digest"] != grading_digest:
            raise UsageError(f"{path}: this verdict belongs to another version of the exercise")
        # Version 1 of a verdict had numbers here.
        seeds = {p["name"]: tuple(map(str, p["seeds"])) for p in verdict["probes"] if p["seeds"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: not a verdict that can be replayed ({type(error).__name__})") from None
    if not all(re.fullmatch(r"[0-9]{1,39}", seed) for chosen in seeds.values() for seed in chosen):
        raise UsageError(f"{path}: its seeds are not whole numbers")
    return seeds


def _as_text(verdict: Verdict) -> str:
    lines = [f"{verdict.word.value}: {verdict.message}"]
    for task in verdict.tasks:
        lines.append(f"  task {task.id} {task.title}: {task.points:g} of {task.possible:g}")
        lines += [
            f"    {probe.word.value:>15}  {probe.title}{'  ' if probe.message else ''}{probe.message}"
            for probe in verdict.probes
            if probe.task == task.id
        ]
    if verdict.diagnosis:
        lines.append(f"  {verdict.diagnosis}")
    return "\n".join(lines) + "\n"
