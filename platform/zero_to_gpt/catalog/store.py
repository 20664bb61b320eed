"""Where the site keeps expected values, with a bounded memory of its own.

They are many and can be made again, so they stay out of the dump of a database. An installation on
SQLite is one machine and keeps them as files under VAR_DIR; with PostgreSQL all hosts share one table,
whose rows a dump may leave out. A case is immutable (its digests name everything it depends on), so
what was read once stays true.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from django.conf import settings

from grader.grading.expected import Case, FolderStore
from zero_to_gpt.catalog.models import ExpectedCase

MEMORY_BYTES = 128 * 1024 * 1024

Key = tuple[str, str, str, str]


class DatabaseStore:
    """Implements `grader.grading.expected.ExpectedStore`. One per process; threads may share it."""

    def __init__(self) -> None:
        self._cases: OrderedDict[Key, Case] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, grading_digest: str, box_digest: str, probe: str, seed: str) -> Case | None:
        key = (grading_digest, box_digest, probe, seed)
        with self._lock:
            if key in self._cases:
                self._cases.move_to_end(key)
                return self._cases[key]
        case = _folder().get(*key) if settings.SQLITE else _row(*key)
        if case is not None:
            self._remember(key, case)
        return case

    def put(self, grading_digest: str, box_digest: str, probe: str, seed: str, case: Case) -> None:
        if settings.SQLITE:
            _folder().put(grading_digest, box_digest, probe, seed, case)
        else:
            ExpectedCase.objects.update_or_create(
                grading_digest=grading_digest,
                box_digest=box_digest,
                probe=probe,
                seed=seed,
                defaults={
                    "inputs": case.author_inputs,
                    "expected": case.expected,
                    "baseline_seconds": case.baseline_seconds,
                    "reference_seconds": case.reference_seconds,
                },
            )
        self._forget((grading_digest, box_digest, probe, seed))
        self._remember((grading_digest, box_digest, probe, seed), case)  # most are asked once, and soon

    def drop(self, grading_digest: str, box_digest: str, seeds: Sequence[str]) -> None:
        """Forget all that is kept for some hidden seeds, mutants' values too: they are asked no more."""
        if settings.SQLITE:
            _folder().drop(grading_digest, box_digest, seeds)
        else:
            ExpectedCase.objects.filter(
                grading_digest=grading_digest, box_digest=box_digest, seed__in=seeds
            ).delete()
        gone = set(seeds)
        with self._lock:
            keys = [key for key in self._cases if key[:2] == (grading_digest, box_digest) and key[3] in gone]
        for key in keys:
            self._forget(key)

    def _remember(self, key: Key, case: Case) -> None:
        with self._lock:
            if key not in self._cases:
                self._cases[key] = case
                self._bytes += len(case.author_inputs) + len(case.expected)
            while self._bytes > MEMORY_BYTES and self._cases:
                _, old = self._cases.popitem(last=False)
                self._bytes -= len(old.author_inputs) + len(old.expected)

    def _forget(self, key: Key) -> None:
        with self._lock:
            old = self._cases.pop(key, None)
            if old is not None:
                self._bytes -= len(old.author_inputs) + len(old.expected)


def _folder() -> FolderStore:
    return FolderStore(settings.VAR / "expected-values")


def _row(grading_digest: str, box_digest: str, probe: str, seed: str) -> Case | None:
    row = ExpectedCase.objects.filter(
        grading_digest=grading_digest, box_digest=box_digest, probe=probe, seed=seed
    ).first()
    if row is None:
        return None
    return Case(bytes(row.inputs), bytes(row.expected), row.baseline_seconds, row.reference_seconds)
