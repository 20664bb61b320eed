"""`grader verify`: the proof that exercises may be published."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands.common import EXPECTED, HOME, asked, open_pool, print_json, say, shipped
from grader.exercise.folder import Exercise, ExerciseError, load
from grader.exercise.trees import LARGEST_TEXT
from grader.grading.author import authors
from grader.grading.expected import FolderStore
from grader.sandbox.box import BoxError, Profile
from grader.sandbox.choose import prepare
from grader.sandbox.libraries import DOWNLOAD_MB
from grader.templates import blanks

if TYPE_CHECKING:
    from grader.proving.gate import GateReport

MOST_DOUBTFUL = 3
"""Samples that fail and are settled by a full proof, alone (of what trains: by another sample). What was
too slow beside others is not wrong."""


def verify(options: argparse.Namespace) -> int:
    """Prove, and print a report for each exercise. Returns the exit code."""
    from grader.proving.gate import GateReport, verify_all

    folders = [path.absolute() for path in options.exercises] or shipped()
    good = True
    readable = []
    for folder in list(folders):
        if unwritten := _blanks_in(folder):
            good = False
            folders.remove(folder)
            _tell(GateReport(f"{folder.parent.name}/{folder.name}", problems=unwritten), options.json)
    if not folders:
        return 1
    for folder in folders:
        with suppress(ExerciseError):  # the gate reports it
            readable.append(load(folder))
    unproven = _without_libraries(readable, options.sandbox)
    for name, problem in unproven.items():
        good = False
        _tell(GateReport(name, problems=[f"{name}: it could not be verified: {problem}"]), options.json)
    readable = [exercise for exercise in readable if exercise.id not in unproven]
    folders = [folder for folder in folders if f"{folder.parent.name}/{folder.name}" not in unproven]
    with open_pool(options.sandbox, readable, warm=options.workers) as pool:
        prove = partial(verify_all, pool=pool, store=FolderStore(EXPECTED), write=options.record)
        doubtful = []
        for folder, report in zip(
            folders, prove(folders, workers=max(1, options.workers), full=options.full), strict=True
        ):
            _tell(report, options.json)
            if report.sampled and not report.publishable:
                doubtful.append(folder)
            else:
                good = good and report.publishable
        if len(doubtful) > MOST_DOUBTFUL:  # that is no accident
            return 1
        trains = {exercise.id for exercise in readable if any(probe.open for probe in exercise.probes)}
        for folder in doubtful:
            short = f"{folder.parent.name}/{folder.name}" in trains  # a full proof takes a quarter of an hour
            for report in prove([folder], workers=1, full=not short):
                _tell(report, options.json)
                good = good and report.publishable
    return 0 if good else 1


def _tell(report: GateReport, as_json: bool) -> None:
    if as_json:
        print_json(report.to_json())
    else:
        sys.stdout.write(report.as_text())
    sys.stdout.flush()


def _without_libraries(exercises: Sequence[Exercise], name: str | None) -> dict[str, str]:
    """Exercises whose libraries cannot be had here, and why; those of all others are there afterwards."""
    missing: dict[Profile, str] = {}
    profiles = {p for exercise in exercises for p in (exercise.profile, authors(exercise))}
    for profile in sorted(profiles, key=lambda profile: DOWNLOAD_MB[profile]):
        try:
            prepare(profile, HOME, name=asked(name), progress=say)
        except BoxError as problem:
            if profile is Profile.NUMPY:  # then nothing can be verified
                raise
            missing[profile] = str(problem)
    return {
        exercise.id: why
        for exercise in exercises
        for why in [missing.get(exercise.profile) or missing.get(authors(exercise))]
        if why
    }


def _blanks_in(folder: Path) -> list[str]:
    """A sentence for each line of a folder that its author has not written yet."""
    name = f"{folder.parent.name}/{folder.name}"
    texts = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".md", ".toml") and path.is_file() and path.stat().st_size <= LARGEST_TEXT:
            texts[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8", errors="replace")
    return [f"{name}/{blank.file}, line {blank.line}: {blank.sentence}" for blank in blanks(texts)]
