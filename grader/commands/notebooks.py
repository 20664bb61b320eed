"""`grader export` and `grader import`: exercises and lessons as notebooks, and notebooks as them."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from grader.commands.common import UsageError, open_pool, progress, write_file, write_folder
from grader.exercise.folder import load
from grader.grading.expected import MemoryStore, compute, hidden_seeds, public_seeds
from grader.templates import blanks

FOREIGN = ("nbgrader", "otter")
"""Systems that an exercise is exported for."""


def export(options: argparse.Namespace) -> int:
    """Write a notebook. Returns the exit code."""
    from grader.notebooks import exchange  # nbformat is slow to import

    what: Path = options.what
    if options.like:
        return _export_like(options)
    if what.suffix == ".md":
        try:
            data = exchange.lesson_notebook(what.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            raise UsageError(f"{what}: this is not UTF-8 text.") from None
    else:
        data = exchange.exercise_notebook(load(what).files)
    write_file(options.output, data)
    return 0


def _export_like(options: argparse.Namespace) -> int:
    """For another system, with inputs and expected values of this exercise in it."""
    from grader.notebooks import outgoing

    if options.like not in FOREIGN:
        raise UsageError(f'there is no system "{options.like}": take one of {", ".join(FOREIGN)}.')
    exercise = load(options.what)
    key = os.urandom(16)  # what goes out is asked nowhere else
    asked = [
        (probe, seed)
        for probe in exercise.probes
        for seed in (
            public_seeds(probe) if probe.visible else hidden_seeds(exercise, probe, key)[: probe.seeds]
        )
    ]
    store = MemoryStore()
    with open_pool(options.sandbox, [exercise]) as pool:
        compute(exercise, pool, store, cases=[(probe.name, seed) for probe, seed in asked], progress=progress)
        digests = (exercise.grading_digest, pool.backend.box_digest(exercise.profile))
    cases: dict[str, list[tuple[bytes, bytes]]] = {}
    for probe, seed in asked:
        case = store.get(*digests, probe.name, seed)
        if case is not None:
            cases.setdefault(probe.name, []).append((case.inputs, case.expected))
    made = outgoing.notebook(exercise, cases, options.like)
    write_file(options.output, made.data)
    sys.stdout.write("".join(f"{note}\n" for note in made.notes))
    return 0


def bring(options: argparse.Namespace) -> int:
    """Write the files of a notebook, and print what is left to do. Returns the exit code."""
    from grader.notebooks import exchange
    from grader.notebooks.notebook import LARGEST

    into: Path = options.into
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError(f"{into}: this exists already; a notebook is brought into a new folder or file.")
    try:
        if (size := options.notebook.stat().st_size) > LARGEST:
            raise exchange.too_large(size)
        found = exchange.read(options.notebook.read_bytes(), options.notebook.stem)
    except exchange.NotebookError as error:
        for note in error.notes:
            sys.stdout.write(f"{note}\n")
        raise UsageError(f"{options.notebook}: {error}") from None
    if found.lesson:
        if into.suffix != ".md":
            raise UsageError(f"{options.notebook}: this is a lesson; name a file, as in {into}.md")
        into.parent.mkdir(parents=True, exist_ok=True)
        write_file(into, found.lesson.encode())
    else:
        write_folder(into.absolute(), found.files)
    for note in found.notes:
        sys.stdout.write(f"{note}\n")
    left = len(blanks(found.files))
    sys.stdout.write(
        f"{into}: {len(found.files) or 1} files" + (f" with {left} lines to write.\n" if left else ".\n")
    )
    return 0
