"""Asking probes in a box: how long each may take, and when the next one may leave.

What comes back is compared elsewhere, and that takes about as long as the box needs for the next question. So
of probes that are alike in this (`may_follow`) each leaves as soon as the values of the one before it have
been read, while those are compared. Never earlier: no input enters a box before the question in front of it
is answered. Never from a probe that is shown to a hidden one, nor beside one that is timed or measured.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from grader.exercise.probes import Probe
from grader.grading.author import batches
from grader.grading.boxes import Boxes, Live
from grader.grading.job import Event, Job, whole_seconds
from grader.grading.kept import is_long
from grader.grading.outcome import Asked, Call, end_word, error_report, place_of, read
from grader.sandbox.cells import CellRun
from grader.sandbox.pool import Pool
from grader.verdict import ProbeWord

AFTER_TIME_OUT = 0.3
"""What all other probes and replays may take once a probe did not finish, in times of the longest limit."""
SHORT = 0.1
"""What each other probe of the same task may take then, in times of its limit; ten times the reference's
time where that is more."""


@dataclass
class Turn:
    """One probe that was asked: what came for which of its calls, not opened yet."""

    asked: Asked
    runs: list[tuple[range, CellRun]] = field(default_factory=list)

    def read(self) -> Asked:
        """The probe with its answers, unweighed. Not on the boxes' loop: errors are texts of any kind."""
        asked = self.asked
        for chunk, run in self.runs:
            read(run, asked.calls[chunk.start : chunk.stop])
            asked.error = error_report(run.error) if run.error is not None else None
            if run is self.runs[-1][1] and asked.word is ProbeWord.TIMED_OUT:
                unanswered = (asked.calls[i] for i in chunk)
                stuck = next((call for call in unanswered if not call.value and call.error is None), None)
                if stuck is not None:
                    stuck.stopped = place_of(run)
        return asked


Answered = Callable[[Turn], Generator[Event, None, None]]


def may_follow(probe: Probe, before: Probe, calls: Sequence[Call]) -> bool:
    """Whether a probe may be asked while the answers to another one are being compared."""
    return (
        probe.shown == before.shown and _is_plain(before) and _is_plain(probe) and not is_long(probe, calls)
    )


def _is_plain(probe: Probe) -> bool:
    """Neither timed nor measured, and nothing that comes after it depends on how it was answered."""
    alone = probe.open or probe.after or probe.memory_mb is not None or probe.times_faster is not None
    return not alone


class Asking(Boxes):
    """What a session asks, and how long it may take for it."""

    def __init__(self, job: Job, pool: Pool, cancelled: Callable[[], bool]) -> None:
        super().__init__(job, pool, cancelled)
        self.whole = whole_seconds(self.exercise, job.patience)
        self.endless: set[int] = set()  # tasks of which a probe did not finish

    def time_left(self) -> bool:
        """Whether there is time for anything more of this submission."""
        return self.spent < self.whole

    def limit(self, probe: Probe) -> float:
        """Seconds that a probe may take."""
        return (probe.seconds or self.exercise.limits.probe_seconds) * self.job.patience

    def shorten(self, probe: Probe) -> None:
        """What loops in one probe most likely does in the next: nobody waits for each of them."""
        if not self.endless:
            longest = max(map(self.limit, self.exercise.probes))
            self.whole = min(self.whole, self.spent + AFTER_TIME_OUT * longest)
        self.endless.add(probe.task)

    def ask(
        self, probe: Probe, calls: list[Call], live: Live, *, twin: bool = False
    ) -> Generator[Event, None, Asked]:
        """Ask one probe in a box, and wait for its answers."""
        turn = yield from self.wait(
            self._asked(probe, calls, _inputs(calls), live, where=probe.shown or twin)
        )
        return turn.read()

    def in_turn(
        self,
        chain: Sequence[tuple[Probe, list[Call]]],
        live: Live,
        answered: Answered,
        *,
        meanwhile: Callable[[], object],
    ) -> Generator[Event, None, Turn | None]:
        """Ask some probes, each of which may follow the one before it.

        `answered` is called for each while the box works on the next one, but not for the last and not for
        one that ended its box: that one is returned. Whoever waits so asks no further box meanwhile.
        `meanwhile` is called here once the first was sent.
        """
        questions = [(probe, calls, _inputs(calls)) for probe, calls in chain]
        asking = self._in_turn(questions, live)
        return (yield from self.wait(asking, answered=answered, meanwhile=meanwhile))

    async def _in_turn(
        self, questions: Sequence[tuple[Probe, list[Call], list[bytes]]], live: Live
    ) -> Turn | None:
        before: Turn | None = None
        for probe, calls, inputs in questions:
            if before is not None:
                if before.asked.word is not None or self.spent >= self.whole:
                    break
                self.events.put(before)
            before = await self._asked(probe, calls, inputs, live, where=probe.shown)
        return before

    async def _asked(
        self, probe: Probe, calls: list[Call], inputs: list[bytes], live: Live, *, where: bool
    ) -> Turn:
        asked = Asked(probe, calls)
        turn = Turn(asked)
        limit = left = self.limit(probe)
        if probe.task in self.endless:
            needs = max((call.case.reference_seconds or 0.0 for call in calls), default=0.0)
            left = min(limit, max(SHORT * limit, 10 * needs * len(calls)))
        left = min(left, self.whole - self.spent)
        asked.allowed = left / self.job.patience if left < limit else None
        # A call that is timed has a cell of its own: what that is charged, is seen from outside.
        chunks = [range(i, i + 1) for i in range(len(calls))] if probe.times_faster else batches(inputs)
        for chunk in chunks:
            run = await live.drive.probe(
                probe.ask_source,
                [inputs[i] for i in chunk],
                pure=probe.pure,
                deadline=max(left, 0.05),
                timed=probe.times_faster is not None,
                where=where,
                together=not where,
            )
            turn.runs.append((chunk, run))
            left -= run.charged
            self.spent += run.charged
            asked.seconds += run.seconds
            if run.values:
                asked.times.append(run.charged)
            asked.word = end_word(run, live.box.death())
            if asked.word is not None:
                break
        return turn


def _inputs(calls: Sequence[Call]) -> list[bytes]:
    return [call.case.inputs for call in calls]
