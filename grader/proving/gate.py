"""The gate: what an exercise must prove before learners may meet it.

What a probe hands over fits the reference's parameters, the reference passes on many seeds, the starter is
not an attempt, every alternative passes, also with another right answer in the place of each piece that the
exercise uses; both also when the engine asks every probe all that it could on any machine. Every
mutant fails at the task it names, no cheat gains a point, no paying probe can be answered by replaying
the values of another seed, gradients are proven twice, and small automatic changes of the reference
are noticed. Solutions, mutants and cheats are graded exactly as a learner's code is, by the same
session, in boxes of their own. What is unchanged since its recorded proof is sampled, not repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.exercise.folder import Exercise, ExerciseError, Mutant, load
from grader.exercise.probes import Probe
from grader.grading import questions
from grader.grading.author import AuthorError
from grader.grading.expected import (
    PUBLIC_KEY,
    Case,
    ExpectedStore,
    MemoryStore,
    compute,
    hidden_seed,
    hidden_seeds,
    public_seeds,
)
from grader.grading.job import Graded, GraderFault, Job
from grader.grading.pieces import Own
from grader.grading.session import grade
from grader.proving import automatic, cheats, gradients, handed, record, replay, wrappers
from grader.proving.cheats import PublicInputs
from grader.proving.failing import sentence as told_to_author
from grader.proving.short import shortened
from grader.sandbox.pool import Pool
from grader.verdict import Json, ProbeResult, ProbeWord, Verdict, Word

FULL_SEEDS = 50
HEAVY_SECONDS = 20.0
"""A probe that would need longer than this for all seeds is asked as many as fit."""
LONG_SECONDS = 10.0
"""A mutant that takes longer to reject is rejected once, not on two draws of seeds."""


@dataclass
class GateReport:
    """What was proven about one exercise, and every sentence that speaks against publishing it."""

    exercise: str
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    reference: dict[str, Json] = field(default_factory=dict)
    proofs: dict[str, Json] = field(default_factory=dict)
    starter: str = ""
    alternatives: dict[str, Json] = field(default_factory=lambda: {"passed": 0, "total": 0})
    mutants: dict[str, Json] = field(default_factory=lambda: {"killed": 0, "total": 0, "survivors": []})
    cheats: dict[str, Json] = field(default_factory=dict)
    replay: dict[str, Json] = field(default_factory=dict)
    diagnosis: dict[str, Json] = field(default_factory=dict)
    automatic_mutants: dict[str, Json] = field(default_factory=dict)
    wrappers: dict[str, Json] = field(default_factory=dict)
    pieces: dict[str, Json] = field(default_factory=dict)
    sampled: bool = False
    sample: dict[str, Json] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def publishable(self) -> bool:
        return not self.problems

    @property
    def kill_rate(self) -> float | None:
        """The share of automatic mutants that are noticed, equivalent ones left out."""
        rate: float | None = self.automatic_mutants.get("rate")
        return rate

    def to_json(self) -> dict[str, Json]:
        return {
            "exercise": self.exercise,
            "publishable": self.publishable,
            "problems": self.problems,
            "remarks": self.remarks,
            "reference": self.reference,
            "proofs": self.proofs,
            "starter": self.starter,
            "alternatives": self.alternatives,
            "mutants": self.mutants,
            "cheats": self.cheats,
            "replay": self.replay,
            "diagnosis": self.diagnosis,
            "automatic_mutants": self.automatic_mutants,
            "wrappers": self.wrappers,
            "pieces": self.pieces,
            "sampled": self.sampled,
            "sample": self.sample,
            "seconds": round(self.seconds, 2),
        }

    def as_text(self) -> str:
        killed, total = self.mutants["killed"], self.mutants["total"]
        auto = self.automatic_mutants
        lines = [
            f"{'publishable' if self.publishable else 'NOT PUBLISHABLE'}  {self.exercise}  "
            f"alternatives {self.alternatives['passed']}/{self.alternatives['total']}  "
            f"mutants {killed}/{total}  "
            f"automatic {auto.get('killed', 0)}/{auto.get('total', 0)}  "
            f"wrappers {self.wrappers.get('killed', 0)}/{self.wrappers.get('total', 0)}  "
            f"{'sampled' if self.sampled else 'proven'} in {self.seconds:.1f} s"
        ]
        lines += [f"    {problem}" for problem in self.problems]
        lines += [f"    ({remark})" for remark in self.remarks]
        return "\n".join(lines) + "\n"


Tell = Callable[[str, dict[str, Json]], None]
"""Hears what the gate finds while it works: what about, and the facts. What it raises ends the proof."""


def _nobody(what: str, facts: dict[str, Json]) -> None:
    """Nobody listens."""


def verify(
    exercise: Exercise, pool: Pool, store: ExpectedStore, *, full: bool = True, tell: Tell = _nobody
) -> GateReport:
    """Prove one exercise. `full=False` takes a sample of each kind of proof, in its short size."""
    started = time.monotonic()
    short = shortened(exercise)
    exercise = exercise if full else short
    report = GateReport(exercise.id, sampled=not full)
    report.problems += handed.objections(exercise)
    if report.problems:  # the probes do not ask what their author meant: nothing else is worth its time
        report.seconds = time.monotonic() - started
        return report
    try:
        tell("inputs", {})
        compute(exercise, pool, store)
        if short is not exercise:
            compute(short, pool, store)
        _Gate(exercise, short, pool, store, report, full=full, tell=tell).run()
    except AuthorError as error:
        report.problems.append(str(error))
    report.seconds = time.monotonic() - started
    return report


def verify_all(
    folders: Sequence[Path],
    pool: Pool,
    store: ExpectedStore,
    *,
    workers: int = 2,
    full: bool = False,
    write: bool = False,
) -> Iterator[GateReport]:
    """The reports of exercise folders, in order, several worked on side by side.

    Proven fully: what has no valid recorded proof, or everything if `full`. With `write`, a full
    proof that succeeded is recorded beside the exercise.
    """

    def one(folder: Path) -> GateReport:
        try:
            exercise = load(folder)
        except ExerciseError as error:
            absolute = folder.absolute()
            return GateReport(f"{absolute.parent.name}/{absolute.name}", problems=[str(error)])
        digest = pool.backend.box_digest(exercise.profile)
        known = record.is_proven(folder, exercise, digest)
        report = verify(exercise, pool, store, full=full or not known)
        if report.sampled:
            _recall(report, record.read(folder).get("report", {}))
        if write and report.publishable and not report.sampled:
            record.write(folder, exercise, digest, report.to_json())
        return report

    threads = ThreadPoolExecutor(max_workers=workers)
    try:
        yield from threads.map(one, folders)
    finally:  # whoever breaks off waits for no proof that is under way or waits for its turn
        threads.shutdown(wait=False, cancel_futures=True)


def _recall(report: GateReport, proven: dict[str, Json]) -> None:
    """A sample that held stands for what was recorded: its counts, and beside them what was tried now."""
    report.sample = {
        "alternatives": report.alternatives["total"],
        "mutants": report.mutants["total"],
        "cheats": report.cheats.get("tried", 0),
    }
    if report.problems:
        return
    counts = ("alternatives", "mutants", "cheats", "diagnosis", "automatic_mutants", "wrappers", "pieces")
    for name in ("reference", *counts):
        if isinstance(proven.get(name), dict):
            setattr(report, name, proven[name])


class _Overlay:
    """The given store, and beside it in memory what only the gate asks for."""

    def __init__(self, below: ExpectedStore, exercise: Exercise) -> None:
        self._below = below
        self._above = MemoryStore()
        self._known = {
            (probe.name, seed)
            for probe in exercise.probes
            for seed in (*public_seeds(probe), *hidden_seeds(exercise, probe))
        }

    def _kept(self, probe: str, seed: str) -> bool:
        return (probe.partition("~")[0], seed) in self._known

    def get(self, grading_digest: str, box_digest: str, probe: str, seed: str) -> Case | None:
        store: ExpectedStore = self._below if self._kept(probe, seed) else self._above
        return store.get(grading_digest, box_digest, probe, seed)

    def put(self, grading_digest: str, box_digest: str, probe: str, seed: str, case: Case) -> None:
        store: ExpectedStore = self._below if self._kept(probe, seed) else self._above
        store.put(grading_digest, box_digest, probe, seed, case)


class _Gate:
    def __init__(
        self,
        exercise: Exercise,
        short: Exercise,
        pool: Pool,
        store: ExpectedStore,
        report: GateReport,
        *,
        full: bool,
        tell: Tell = _nobody,
    ) -> None:
        self.tell = tell
        self.exercise = exercise
        self.short = short  # the same where it has no short size
        self.pool = pool
        self.store = _Overlay(store, exercise)
        self.report = report
        self.full = full
        self.digest = pool.backend.box_digest(exercise.profile)
        self.times: dict[str, float] = {}

    def run(self) -> None:
        first = self.grade(self.exercise.reference, whole=True)
        self.times = {probe.name: probe.seconds for probe in first.probes}
        self.starter()
        self.tell("starter", {"word": self.report.starter})
        if not self.solution("the reference", first):
            self.report.reference = {"passed": False, "seeds": 0}
            self.tell("reference", {**self.report.reference, "seconds": first.phases.get("total")})
            return  # nothing else means anything before this holds
        if not self.in_short():
            return
        many = self.many_seeds()
        self.compute_more(many)
        self.reference(many)
        self.tell("reference", {**self.report.reference, "seconds": first.phases.get("total")})
        self.alternatives(many)
        self.pieces()
        self.mutants()
        self.tell("cheats", {})
        self.replay()
        self.cheats()
        self.tell("proofs", {})
        self.gradients()
        self.tell("automatic", {})
        self.automatic()
        self.wrappers()

    def grade(self, source: str, *, whole: bool = False, **how: Any) -> Verdict:
        """A verdict, in the short size where there is one, or on the `whole`."""
        key = how.pop("key", b"gate")
        job = Job(exercise=self.exercise if whole else self.short, source=source, seed_key=key, **how)
        for event in grade(job, pool=self.pool, store=self.store):
            if isinstance(event, Graded):
                return event.verdict
        raise GraderFault(f"{self.exercise.id}: the grading ended without a verdict")

    def problem(self, sentence: str) -> None:
        self.report.problems.append(f"{self.exercise.id}: {sentence}")

    # ---- right answers ---------------------------------------------------------------------------

    def starter(self) -> None:
        word = self.grade(self.exercise.starter, explain=False).word
        self.report.starter = word.value
        if word is not Word.NOT_ATTEMPTED:
            self.problem(f"the starter is graded {word.value}, it must be not_attempted.")

    def in_short(self) -> bool:
        """Whether the reference passes in the short size, too: no mutant fails there for any other reason."""
        if self.short is self.exercise:
            return True
        first = self.grade(self.exercise.reference)
        self.times = {probe.name: probe.seconds for probe in first.probes}
        return self.solution("the reference in its short size", first)

    def many_seeds(self) -> dict[str, tuple[str, ...]]:
        """For each hidden probe as many seeds as its time allows, at least its own number."""
        if not self.full:
            return {}
        chosen = {}
        for probe in self.exercise.probes:
            if probe.shown or probe.times_faster is not None or probe.memory_mb is not None:
                continue  # (an open probe runs once)
            each = self.times.get(probe.name, 0.0) / probe.seeds
            count = FULL_SEEDS if each <= 0 else min(FULL_SEEDS, int(HEAVY_SECONDS / each))
            chosen[probe.name] = tuple(
                hidden_seed(PUBLIC_KEY, self.exercise.grading_digest, probe.name, number)
                for number in range(max(count, probe.seeds))
            )
        return chosen

    def compute_more(self, seeds: dict[str, tuple[str, ...]]) -> None:
        lacking = [
            (name, seed)
            for name, chosen in seeds.items()
            for seed in chosen
            if self.store.get(self.exercise.grading_digest, self.digest, name, seed) is None
        ]
        if lacking:
            compute(self.exercise, self.pool, self.store, cases=lacking)

    def on_many(self, source: str, seeds: dict[str, tuple[str, ...]]) -> Verdict:
        fewest = min((probe.seeds for probe in self.exercise.probes), default=1)
        patience = max(1.0, max((len(chosen) for chosen in seeds.values()), default=fewest) / fewest)
        # On another machine the engine may choose other probes to ask everything, so each right answer is
        # asked for all of them here: where learners' sizes are asked, and at the cost of some calls. Not in a
        # sample: no clock decides what it would find again, and in the short size a training may be quick
        # enough to be asked what no learner's is.
        return self.grade(
            source, whole=True, seeds=seeds, patience=patience, explain=False, ask_all=self.full
        )

    def solution(self, name: str, verdict: Verdict) -> bool:
        if verdict.word is Word.PASSED:
            return True
        failing = [probe for probe in verdict.probes if probe.word is not ProbeWord.PASSED]
        probes = {probe.name: probe for probe in self.exercise.probes}
        for result in failing[:3]:
            told = told_to_author(probes[result.name], result)
            self.problem(f"{name} fails {told}{_what_to_do(probes[result.name], result)}")
        if not failing or verdict.word is not Word.FAILED:
            self.problem(f"{name} is graded {verdict.word.value}: {verdict.message}")
        return False

    def reference(self, seeds: dict[str, tuple[str, ...]]) -> None:
        passed = True
        if seeds:
            passed = self.solution("the reference", self.on_many(self.exercise.reference, seeds))
        asked = min((len(chosen) for chosen in seeds.values()), default=0)
        self.report.reference = {"passed": passed, "seeds": asked or None}

    def alternatives(self, seeds: dict[str, tuple[str, ...]]) -> None:
        chosen = self.exercise.alternatives if self.full else self.exercise.alternatives[:1]
        passed = 0
        for alternative in chosen:
            verdict = self.on_many(alternative.source, seeds)
            right = self.solution(f"the alternative `{alternative.name}`", verdict)
            passed += right
            self.tell("alternative", {"name": alternative.name, "passed": right, **_read(verdict)})
        self.report.alternatives = {"passed": passed, "total": len(chosen)}
        if len(self.exercise.alternatives) < 2:
            self.problem("it has fewer than two alternatives.")

    def pieces(self) -> None:
        """Right answers pass with any right piece: one alternative of one piece takes its place at a time."""
        answers = [("the reference", self.exercise.reference)]
        answers += [(f"the alternative `{each.name}`", each.source) for each in self.exercise.alternatives]
        swaps = [
            (name, source, piece, other)
            for piece in self.exercise.pieces
            for other in piece.alternatives
            for name, source in answers
        ]
        if not swaps:
            return
        chosen = swaps if self.full else _some(swaps, 1)
        passed = 0
        for name, source, piece, other in chosen:
            verdict = self.grade(source, using={piece.id: Own(source=other.source)}, explain=False)
            what = f"with the alternative `{other.name}` of {piece.id} as `mylib.{piece.module}` {name}"
            right = self.solution(what, verdict)
            passed += right
            self.tell("piece", {"name": what, "passed": right, **_read(verdict)})
        self.report.pieces = {"passed": passed, "total": len(chosen)}

    # ---- wrong answers ---------------------------------------------------------------------------

    def mutants(self) -> None:
        short = [mutant for mutant in self.exercise.mutants if not mutant.full]
        chosen = self.exercise.mutants if self.full else _some(short, 3)
        survivors: list[str] = []
        own: list[str] = []
        mixed: list[list[str]] = []
        for mutant in chosen:
            verdict = self.grade(mutant.source, whole=mutant.full)
            reason = _survives(mutant, verdict)
            quick = verdict.phases.get("total", 0.0) < LONG_SECONDS
            if not reason and self.full and quick and not mutant.static:
                how: dict[str, Any] = {"whole": mutant.full, "explain": False, "skip_lost": True}
                again = self.grade(mutant.source, key=b"gate again", **how)
                reason = _survives(mutant, again)
            if reason:
                survivors.append(mutant.name)
                self.problem(f"the mutant `{mutant.name}` {reason}{self.hint(mutant)}.")
            self.tell("mutant", {"name": mutant.name, "survives": reason, **_read(verdict)})
            if verdict.diagnosis == mutant.explanation:
                own.append(mutant.name)
            elif verdict.diagnosis:
                others = [m.name for m in self.exercise.mutants if m.explanation == verdict.diagnosis]
                mixed.append([mutant.name, others[0]])
                self.report.remarks.append(
                    f"the mutants `{mutant.name}` and `{others[0]}` cannot be told apart by their values"
                )
        self.report.mutants = {
            "killed": len(chosen) - len(survivors),
            "total": len(chosen),
            "survivors": survivors,
        }
        self.report.diagnosis = {"own": len(own), "told_apart": not mixed, "same_values": mixed}
        if len(self.exercise.mutants) < 6:
            self.problem(f"it has {len(self.exercise.mutants)} mutants, at least six are needed.")

    def hint(self, mutant: Mutant) -> str:
        short = self.full and self.short is not self.exercise and not mutant.full
        return " in the short size; if only the whole run shows it, say full = true" if short else ""

    def cheats(self) -> None:
        chosen = cheats.standard() if self.full else _some(cheats.standard(), 1)
        gained = []
        for cheat in chosen:
            verdict = self.grade(cheat.source(self.exercise), explain=False, skip_lost=True)
            if verdict.points > 0:
                gained.append(cheat.name)
                self.problem(f"the cheat `{cheat.name}` gains {verdict.points:g} points.")
        public = self.public_inputs()
        verdict = self.grade(cheats.searching(self.exercise, public), explain=False, skip_lost=True)
        if verdict.points > 0:
            gained.append("searches_what_it_is_handed")
            self.problem(
                f"an answer that searches what it is handed gains {verdict.points:g} points: what is right "
                "must not lie in the inputs, in a closure or in a function that travels."
            )
        known = self.right_on_public_inputs(public)
        gained += known[1]
        self.report.cheats = {"tried": len(chosen) + 1 + known[0], "gained": gained}

    def public_inputs(self) -> PublicInputs:
        """What anybody may have seen: the inputs of visible probes and of every hidden one's twin."""
        found: dict[str, list[bytes]] = {}
        for probe in self.exercise.probes:
            for seed in public_seeds(probe):
                case = self.store.get(self.short.grading_digest, self.digest, probe.name, seed)
                if case is not None:
                    found.setdefault(probe.name, []).append(case.inputs)
        return found

    def right_on_public_inputs(self, public: PublicInputs) -> tuple[int, list[str]]:
        """How many answers were tried that are right on public inputs only, and which gain a task."""
        all_tasks = tuple(task.id for task in self.exercise.tasks)
        mutants = [mutant for mutant in self.exercise.mutants if not mutant.static and not mutant.full]
        told = {f"the mutant `{name}`" for name in self.report.mutants["survivors"]}
        wrong = [("anything at all", cheats.arbitrary(self.exercise), all_tasks)]
        wrong += [(f"the mutant `{mutant.name}`", mutant.source, mutant.tasks) for mutant in mutants]
        chosen = wrong if self.full else _some(wrong, 1)
        gained = []
        for name, text, tasks in chosen:
            source = cheats.right_on_public_inputs(self.exercise, public, text)
            verdict = self.grade(source, explain=False, skip_lost=True)
            paid = [str(task.id) for task in verdict.tasks if task.id in tasks and task.points > 0]
            if paid:
                gained.append(f"right on public inputs, otherwise {name}")
                if name in told:  # that no hidden probe shows it was said already
                    continue
                self.problem(
                    f"an answer that is right on public inputs and elsewhere {name} is paid task "
                    f"{', '.join(paid)}: let a hidden probe ask what only a visible one asks."
                )
        return len(chosen), gained

    def replay(self) -> None:
        """No paying probe may accept the reference's values for another seed."""
        found = replay.prove(self.exercise, self.pool, self.store, self.digest, full=self.full)
        self.report.replay = {"accepted": found.rates}
        for sentence in found.problems:
            self.problem(sentence)

    # ---- proofs about the reference itself -------------------------------------------------------

    def gradients(self) -> None:
        found = gradients.prove(self.exercise, self.pool, self.store, self.digest)
        self.report.proofs = found.to_json()
        for sentence in found.problems:
            self.problem(sentence)

    def wrappers(self) -> None:
        if not self.full:
            return
        found = wrappers.prove(self.short, self.pool, self.store, self.digest, self.grade)
        self.report.wrappers = found.to_json()
        for sentence in found.problems:
            self.problem(sentence)

    def automatic(self) -> None:
        if not self.full:
            return
        found = automatic.mutate(self.short, self.pool, self.store, self.digest, self.grade, self.times)
        self.report.automatic_mutants = found.to_json()
        for sentence in found.problems:
            self.problem(sentence)


def _some(items: Sequence[Any], count: int) -> Sequence[Any]:
    """A sample that moves on with time, so that many runs see all."""
    start = int(time.time() // 60) % max(1, len(items))
    return [items[(start + i) % len(items)] for i in range(min(count, len(items)))]


def _read(verdict: Verdict) -> dict[str, Json]:
    """What a learner with this verdict reads, and how long it took."""
    failing = next((probe for probe in verdict.probes if probe.word is not ProbeWord.PASSED), None)
    return {
        "word": verdict.word.value,
        "message": verdict.message,
        "diagnosis": verdict.diagnosis,
        "probe": failing.title if failing else "",
        "hint": failing.message if failing else "",
        "seconds": verdict.phases.get("total"),
    }


def _what_to_do(probe: Probe, result: ProbeResult) -> str:
    """Advice for the author of a right answer that a question of the engine's made fail, or nothing."""
    name = questions.named(result.message)
    if not name:
        return ""
    return (
        f" Its values were right: this is what the engine's question `{name}` found, which any probe may be "
        "asked on some machine. If the answer does keep or share something, mend it; if the task is to "
        f"write into memory that `{probe.name}` looks at, mark the probe `pure=False`; if your page allows "
        f"what was found, permit `{name}` in exercise.toml."
    )


def _survives(mutant: Mutant, verdict: Verdict) -> str:
    """Why a mutant counts as a survivor, or an empty text."""
    if verdict.word is Word.NOT_GRADABLE:
        return ""
    if mutant.static:
        return f"must be refused before it runs, but is graded {verdict.word.value}"
    if verdict.word is not Word.FAILED:
        return f"is graded {verdict.word.value}; a mutant must run and fail a task"
    passed = [str(task.id) for task in verdict.tasks if task.passed and task.id in mutant.tasks]
    if passed:
        return f"passes task {', '.join(passed)}, which its docstring says it fails"
    wrong = [p for p in verdict.probes if p.task in mutant.tasks and p.word is not ProbeWord.PASSED]
    if mutant.full and all(probe.visible for probe in wrong):
        return "fails at visible probes alone, whose values could be copied"
    return ""
