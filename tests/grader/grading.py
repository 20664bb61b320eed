"""Grading a text in a test, and a verdict without what differs from run to run."""

import re
from typing import Any

from grader.exercise.folder import Exercise
from grader.grading.expected import FolderStore
from grader.grading.session import Event, Graded, Job, grade
from grader.sandbox.pool import Pool
from grader.verdict import Kind, Verdict


def events_of(
    exercise: Exercise, source: str | bytes, pool: Pool, store: FolderStore, **how: Any
) -> list[Event]:
    how.setdefault("seed_key", b"a test")
    job = Job(exercise=exercise, source=source, **how)
    return list(grade(job, pool=pool, store=store))


def verdict_of(
    exercise: Exercise, source: str | bytes, pool: Pool, store: FolderStore, **how: Any
) -> Verdict:
    last = events_of(exercise, source, pool, store, **how)[-1]
    assert isinstance(last, Graded)
    return last.verdict


def submitted(
    exercise: Exercise, source: str, pool: Pool, store: FolderStore, kind: Kind = Kind.SUBMIT
) -> dict[str, str]:
    """The word of every probe."""
    verdict = verdict_of(exercise, source, pool, store, kind=kind)
    return {probe.name: probe.word.value for probe in verdict.probes}


def steady(verdict: Verdict) -> dict[str, Any]:
    """A learner's projection without times, digests and versions."""
    data = verdict.for_learner()
    for name in ("phases", "pieces", "grading_digest", "box_digest", "libraries", "sandbox"):
        del data[name]
    for probe in data["probes"]:
        del probe["seconds"]
    return _masked(data)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, str) and "times faster" in value:
        return re.sub(r"[\d.e+-]+ (m?s|times faster)", r"N \1", value)
    return value
