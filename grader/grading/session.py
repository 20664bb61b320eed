"""One grading, from source text to verdict, as a stream of events.

`grade` checks the text, leases a box, drives it with nbclient through `Drive` (the given cells, the
learner's cells, then one probe per cell, visible ones first, then open ones) and decides everything
outside the box.
From the first hidden probe on, nothing from that box reaches the learner: no output, no figure, no
value. A probe that ends its box loses its own points only: a fresh box replays the learner's cells.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace

from grader.exercise.probes import Probe
from grader.feedback import sentences
from grader.grading import questions
from grader.grading import source as static
from grader.grading.asking import Turn, may_follow
from grader.grading.author import batches
from grader.grading.blame import blamed, blamed_at_start
from grader.grading.boxes import Live, Stop
from grader.grading.deciding import Deciding
from grader.grading.diagnose import diagnose
from grader.grading.expected import ExpectedStore
from grader.grading.job import Cancelled, Event, Graded, GraderFault, Job, draw_seeds, never
from grader.grading.kept import Kept, announced
from grader.grading.outcome import (
    Asked,
    Call,
    end_word,
    not_run,
    result,
    tasks,
)
from grader.grading.pieces import not_begun, unreadable
from grader.grading.speed import settled_speed
from grader.grading.twins import asked_twins
from grader.sandbox.pool import Pool
from grader.values.weigher import Expired, Weigher, WeigherError
from grader.verdict import (
    ErrorReport,
    Kind,
    ProbeResult,
    ProbeWord,
    Verdict,
    Word,
)

__all__ = [
    "Cancelled",
    "Event",
    "Graded",
    "GraderFault",
    "Job",
    "draw_seeds",
    "grade",
]

MOST_REPLAYS = 8
"""How many boxes a submission may lose to its own probes before the rest is not run."""
_OWN_WORDS = {
    ProbeWord.CRASHED: Word.CRASHED,
    ProbeWord.MALFORMED: Word.CRASHED,
    ProbeWord.TIMED_OUT: Word.TIMED_OUT,
    ProbeWord.OUT_OF_MEMORY: Word.OUT_OF_MEMORY,
    ProbeWord.TOO_MUCH_OUTPUT: Word.TOO_MUCH_OUTPUT,
}


def grade(
    job: Job, *, pool: Pool, store: ExpectedStore, cancelled: Callable[[], bool] = never
) -> Iterator[Event]:
    """The events of one grading; the last is Graded or Cancelled. Raises BoxError or GraderFault."""
    session = _Session(job, pool, store, cancelled)
    Weigher.of_this_process().start()  # in the background, for the first that needs it
    try:
        verdict = yield from session.verdict()
        yield Graded("graded", {"word": verdict.word.value}, verdict)
    except Stop:
        yield Cancelled("cancelled", {})
    except WeigherError as error:
        raise GraderFault(f"{job.exercise.id}: {error}") from error
    finally:
        session.close()


class _NotRunError(Exception):
    """What keeps a text from being executed, as a verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict


class _Session(Deciding):
    def __init__(self, job: Job, pool: Pool, store: ExpectedStore, cancelled: Callable[[], bool]) -> None:
        super().__init__(job, pool, store, cancelled)
        self.replays = 0
        self.kept = Kept()

    # ---- the whole -------------------------------------------------------------------------------

    def verdict(self) -> Generator[Event, None, Verdict]:
        exercise = self.exercise
        if (problem := static.form(self.job.source)) is not None:
            return self._verdict(Word.NOT_GRADABLE, problem.error.message, error=problem.error)
        text = self.job.source if isinstance(self.job.source, str) else self.job.source.decode()
        text = text.removeprefix("\ufeff")
        asking = self.job.asks()
        cases: dict[str, list[Call]] = {}

        def fetch() -> None:
            """What need not wait for the learner's cells: the cases of all that is not drawn after them."""
            for probe in asking:
                if probe.visible or self.job.draw is None or probe.name in self.job.seeds:
                    cases[probe.name] = self.cases(probe, draw_seeds(self.job, probe))

        def draw() -> None:
            """The cases of all others, once a box is asked something: so much is used up then."""
            lacking = [probe for probe in asking if probe.name not in cases]
            if lacking and self.job.draw is not None:
                job = replace(self.job, seeds={**self.job.draw(), **self.job.seeds})
                cases.update({probe.name: self.cases(probe, draw_seeds(job, probe)) for probe in lacking})

        try:
            main = yield from self.open(
                text, exercise.limits.memory_mb, first=True, look=self._look, meanwhile=fetch
            )
        except _NotRunError as error:
            return error.verdict
        if main.problem is not None:
            return self._verdict(Word.NOT_GRADABLE, main.problem.error.message, error=main.problem.error)
        if main.word is not None:
            return (yield from self._not_begun(text, main))
        yield Event("stage", {"stage": "checking", "total": len(asking)})
        started = time.monotonic()
        done: list[Asked] = []
        lost: set[int] = set()
        live: Live | None = main
        waiting = list(asking)
        while waiting:
            probe = self._next(waiting)
            if not probe.shown:
                self.shown.showing = False  # for good
            if probe.name not in cases:
                draw()
            if probe.task in lost and (self.job.skip_lost or self.job.until_failure):
                done.append(Asked(probe, cases[probe.name], ProbeWord.NOT_RUN))
                continue
            missing = self.kept.missing(probe, asking, live.box if live is not None else None)
            before = len(done)
            if missing:
                done.append(Asked(probe, cases[probe.name], ProbeWord.NOT_RUN, missing=missing))
                yield self._progress(done[-1], len(done), len(asking))
            else:
                begins = announced(probe, cases[probe.name], self.limit(probe), len(done), len(asking))
                if begins is not None:
                    yield begins
                chain = self._chain(probe, waiting, cases)
                live = yield from self._turns(text, chain, cases, live, done, len(asking), meanwhile=draw)
                waiting[:0] = chain[len(done) - before :]
            for asked in done[before:]:
                if not missing:
                    self.kept.asked(asked, live.box if live is not None else None)
                if asked.word is ProbeWord.TIMED_OUT:
                    self.shorten(asked.probe)
                if not asked.passed:
                    lost |= {each.task for each in asking} if self.job.until_failure else {asked.probe.task}
        done.sort(key=lambda asked: asking.index(asked.probe))
        for asked in questions.mark_form(done, static.unlike(text, exercise)):
            yield self._progress(asked, len(done), len(asking))
        live = yield from self._again(text, done, live)
        self.phases["probes"] = time.monotonic() - started - self.phases.get("compared", 0.0)
        if live is not None and self.job.explain and not all(asked.passed for asked in done):
            yield from self.drop(
                live
            )  # what saw hidden inputs is gone before there is a box whose values are shown
        twins = (yield from asked_twins(self, text, done)) if self.job.explain else {}
        results = tuple(
            result(asked, exercise, self.scales, twin=twins.get(asked.probe.name)) for asked in done
        )
        explained = ""
        if self.job.explain:
            explained = yield from blamed(self, text, done, twins, self._decided, self.time_left)
        if self.job.explain and not explained:
            explained = diagnose(
                exercise,
                done,
                self.scales,
                [twin for twin in twins.values() if not twin.passed],
                pool=self.pool,
                store=self.store,
                box_digest=self.box_digest,
            )
        return self._settle(results, explained)

    def _look(self) -> None:
        """Before anything of the text is executed, while its box compiles it. Raises _NotRunError."""
        exercise, source = self.exercise, self.job.source
        looked = static.look(source, exercise)
        if looked.unchanged and looked.problem is None:
            told = sentences.NOT_ATTEMPTED if source.strip() else sentences.EMPTY
            raise _NotRunError(self._verdict(Word.NOT_ATTEMPTED, told))
        error = looked.problem.error if looked.problem is not None else unreadable(self.pieces)
        if error is not None:
            raise _NotRunError(self._verdict(Word.NOT_GRADABLE, error.message, error=error))

    def _not_begun(self, text: str, live: Live) -> Generator[Event, None, Verdict]:
        if live.piece is not None:
            error = not_begun(live.piece, live.word, live.error)
            return self._verdict(Word.NOT_GRADABLE, error.message, error=error)
        word = _OWN_WORDS[live.word or ProbeWord.CRASHED]
        message = sentences.of_own_cells(word, live.error, self.exercise.limits)
        yield from self.drop(live)
        explained = (yield from blamed_at_start(self, text, self.time_left)) if self.job.explain else ""
        return self._verdict(word, message, error=live.error, diagnosis=explained)

    def _decided(self, probe: Probe, calls: list[Call], live: Live) -> Generator[Event, None, Asked]:
        asked = yield from self.ask(probe, calls, live)
        self.decide(asked)
        return asked

    def _settle(self, results: tuple[ProbeResult, ...], explained: str) -> Verdict:
        passed = all(probe.word is ProbeWord.PASSED for probe in results)
        message = sentences.of_verdict(self.exercise, results, run_only=self.job.kind is Kind.RUN)
        return self._verdict(
            Word.PASSED if passed else Word.FAILED, message, probes=results, diagnosis=explained
        )

    def _verdict(
        self,
        word: Word,
        message: str,
        *,
        probes: tuple[ProbeResult, ...] = (),
        error: ErrorReport | None = None,
        diagnosis: str = "",
    ) -> Verdict:
        exercise = self.exercise
        self.phases["total"] = time.monotonic() - self.began
        return Verdict(
            exercise=exercise.id,
            kind=self.job.kind,
            word=word,
            message=message,
            tasks=tasks(exercise, probes),
            probes=probes or not_run(sorted(self.job.asks(), key=exercise.probes.index)),
            error=error,
            output="".join(self.shown.output),
            output_truncated=self.shown.truncated,
            diagnosis=diagnosis,
            grading_digest=exercise.grading_digest,
            box_digest=self.box_digest,
            sandbox=self.pool.backend.name,
            libraries=dict(self.pool.backend.libraries(exercise.profile)),
            phases={name: round(value, 6) for name, value in dict(self.phases).items()},
            pieces=tuple(piece.used() for piece in self.pieces),
        )

    # ---- probes ----------------------------------------------------------------------------------

    def _turns(
        self,
        text: str,
        chain: Sequence[Probe],
        cases: Mapping[str, list[Call]],
        live: Live | None,
        done: list[Asked],
        total: int,
        *,
        meanwhile: Callable[[], object],
    ) -> Generator[Event, None, Live | None]:
        """Ask the probes of a chain, at least the first, and add them to `done`: in the given box, or in one
        of its own. The box that the next ones may use. `meanwhile`: what to do here while they are asked.
        """

        def settled(asked: Asked) -> Generator[Event, None, None]:
            done.append(asked)
            yield self._progress(asked, len(done), total)

        def answered(turn: Turn) -> Generator[Event, None, None]:
            yield from settled(self._compared(turn))

        self.stop_if_cancelled()
        probe, calls = chain[0], cases[chain[0].name]
        if self.spent >= self.whole:
            yield from settled(Asked(probe, calls, ProbeWord.NOT_RUN, late=True))
            return live
        own = probe.memory_mb is not None
        here = None if own else live
        if here is None:
            if not own and (self.replays >= MOST_REPLAYS or self.again_too_long()):
                yield from settled(Asked(probe, calls, ProbeWord.NOT_RUN))
                return None
            if not own:
                self.replays += 1
            memory = probe.memory_mb or self.exercise.limits.memory_mb
            here = yield from self.open(text, memory, tight=own)
            if here.word is not None:
                yield from self.drop(here)
                yield from settled(Asked(probe, calls, here.word, here.error))
                return live if own else None
        if probe.open:
            self.shown.watch(here.drive)
        asked_of = [(each, cases[each.name]) for each in chain]
        last = yield from self.in_turn(asked_of, here, answered, meanwhile=meanwhile)
        if last is not None:
            if own or last.asked.word is not None:
                yield from self.drop(here)
            asked = self._compared(last)
            if asked.passed and probe.times_faster is not None:
                yield from settled_speed(self, text, asked)
            yield from settled(asked)
        if own:
            return live
        return here if here.box in self.boxes else None

    def _compared(self, turn: Turn) -> Asked:
        started = time.monotonic()
        asked = turn.read()
        self.decide(asked)
        self.phases["compared"] = self.phases.get("compared", 0.0) + time.monotonic() - started
        return asked

    def _again(
        self, text: str, done: Sequence[Asked], live: Live | None
    ) -> Generator[Event, None, Live | None]:
        """Ask probes that passed once more, in ways that show aliasing and memory between calls."""
        permits = self.exercise.permits
        if self.job.ask_all:
            asking = questions.everything(done, permits)
        else:
            asking = questions.questions(questions.chosen(done), permits)
        if not asking or self.spent >= self.whole:
            return live
        if live is None:
            if self.replays >= MOST_REPLAYS or self.again_too_long():
                return None
            self.replays += 1
            live = yield from self.open(text, self.exercise.limits.memory_mb)
            if live.word is not None:
                yield from self.drop(live)
                return None
        seconds = questions.PATIENCE * sum(asked.seconds for asked, _ in asking)
        deadline = min(max(questions.LEAST_SECONDS, seconds) * self.job.patience, self.whole - self.spent)
        for chunk in batches([inputs for _, inputs in asking]):
            part = [asking[i][1] for i in chunk]
            run = yield from self.wait(
                live.drive.probe(questions.SOURCE, part, pure=False, deadline=max(deadline, 0.05))
            )
            deadline -= run.charged
            self.spent += run.charged
            for value in run.values:
                asked = asking[chunk.start + value.call][0]
                try:
                    name = questions.found(asked, value.result, permits, self.scales)
                except Expired:
                    return live
                if name:
                    questions.mark(asked, name)
                    yield self._progress(asked, len(done), len(done))
            if end_word(run, live.box.death()) is not None:
                yield from self.drop(live)  # what it did there is no answer to a probe
                return None
        return live

    def _chain(self, probe: Probe, waiting: list[Probe], cases: Mapping[str, list[Call]]) -> list[Probe]:
        """A probe, and those taken after it that may leave without waiting for what it comes to."""
        chain = [probe]
        if self.job.skip_lost or self.job.until_failure:  # whether the next one is asked depends on it
            return chain
        while waiting:
            following = self._next(waiting)
            if following.name not in cases or not may_follow(following, chain[-1], cases[following.name]):
                waiting.insert(0, following)
                break
            chain.append(following)
        return chain

    def _next(self, waiting: list[Probe]) -> Probe:
        """Take what is asked next, by its turn, and of each kind those of a task that did not come to its
        end last, so that it takes nothing from the others. Of a task those with a judge come first, who takes
        longest to answer: meanwhile the box is asked the rest. Never of a later task: if that probe did not
        finish, earlier ones would pay for it.
        """
        probe = min(
            waiting, key=lambda each: (each.turn, each.task in self.endless, each.task, not each.has_judge)
        )
        waiting.remove(probe)
        return probe

    def _progress(self, asked: Asked, done: int, total: int) -> Event:
        word = ProbeWord.PASSED if asked.passed else asked.word or ProbeWord.FAILED
        probe = asked.probe
        return Event(
            "probe",
            {
                "name": probe.name,
                "title": probe.title,
                "task": probe.task,
                "word": word.value,
                "done": done,
                "total": total,
            },
        )
