"""What decides over answers: the cases that are expected, the author's judge, and one budget for it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grader.exercise.probes import Probe
from grader.grading.asking import Asking
from grader.grading.author import AuthorError, EndedError, Judges, judge_question
from grader.grading.expected import ExpectedStore
from grader.grading.job import GraderFault, Job
from grader.grading.outcome import NOT_JUDGED, Asked, Call, decide
from grader.sandbox.pool import Pool
from grader.values import judges
from grader.values.weighing import BUDGET_SECONDS, HERE_SECONDS, Scales


class Deciding(Asking):
    """What a session asks, and what it knows of the right answers."""

    def __init__(self, job: Job, pool: Pool, store: ExpectedStore, cancelled: Callable[[], bool]) -> None:
        super().__init__(job, pool, cancelled)
        self.store = store
        self.scales = Scales(BUDGET_SECONDS * job.patience, HERE_SECONDS * job.patience)
        self.box_digest = pool.backend.box_digest(self.exercise.profile)

    def cases(self, probe: Probe, seeds: Sequence[str]) -> list[Call]:
        """The calls of a probe on some seeds, unasked. Raises GraderFault where one is not in the store."""
        calls = []
        for seed in seeds:
            case = self.store.get(self.exercise.grading_digest, self.box_digest, probe.name, seed)
            if case is None:
                raise GraderFault(f"{self.exercise.id}: no expected value of {probe.name} for seed {seed}")
            calls.append(Call(seed, case))
        return calls

    def decide(self, asked: Asked) -> None:
        """Compare or judge every value that came."""
        decide(asked, self._judge, self.scales)

    def _judge(self, probe: Probe, calls: Sequence[Call]) -> list[float | str]:
        """The author's judge, in an author's box of this grading, on parsed plain values."""
        blobs = [judge_question(call.case.author_inputs, call.blob, call.case.expected) for call in calls]
        numbers: list[float | str] = []
        try:
            with Judges.of(self.pool).borrow(self.pool, self.exercise) as box:
                for answered in box.judge(probe, blobs):
                    if answered.error:
                        numbers.append(f"{NOT_JUDGED} ({answered.error[:200]}).")
                        continue
                    numbers.append(judges.number(box.value(probe, "judge", answered)))
        except TypeError:
            return [f"{NOT_JUDGED}." for _ in calls]
        except AuthorError as error:
            # The judge is proven on right answers: what makes it stop, or return no number, came from here.
            if isinstance(error, EndedError) and error.word == EndedError.word:
                raise
            return [f"{NOT_JUDGED}." for _ in calls]
        return numbers
