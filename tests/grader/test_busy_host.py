"""Honest answers beside a busy host: none is ended, and none is told that it is slow."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader.exercise.folder import Exercise, load
from grader.grading.expected import FolderStore, compute, public_seeds
from grader.grading.session import Job, draw_seeds
from grader.sandbox.pool import Pool
from grader.verdict import Word
from tests.boxes.busy import busy_host
from tests.grader.conftest import ROOT
from tests.grader.grading import verdict_of

TIMED = ("01-maths/05-matmul-three-ways", "01-maths/07-pairwise-distances")
SUBMISSIONS = 20


def test_twenty_honest_submissions_beside_four_busy_loops(pool: Pool, tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    honest: list[tuple[Exercise, str]] = []
    for name in TIMED:
        exercise = load(ROOT / "exercises" / name)
        drawn = Job(exercise=exercise, source="", seed_key=b"a test")
        seeds = {
            (p.name, seed) for p in exercise.probes for seed in (*draw_seeds(drawn, p), *public_seeds(p))
        }
        compute(exercise, pool, store, cases=sorted(seeds))
        sources = [exercise.reference, *(one.source for one in exercise.alternatives)]
        honest += [(exercise, sources[n % len(sources)]) for n in range(SUBMISSIONS // len(TIMED))]

    def end(pair: tuple[Exercise, str]) -> str:
        exercise, source = pair
        verdict = verdict_of(exercise, source, pool, store, seed_key=b"a test")
        return "" if verdict.word is Word.PASSED else f"{verdict.word.value}: {verdict.message}"

    with busy_host(), ThreadPoolExecutor(2) as two:
        assert Counter(two.map(end, honest)) == {"": SUBMISSIONS}
