"""Runs the two proofs of every gradient that a reference returns.

Central differences of the probe's `value` on the reference run here, in an author's box. The other
proof is a `truth` worked out another way: the reference is graded against it like any submission, so
having passed is the proof. A task that asks for gradients needs two of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.exercise.folder import Exercise
from grader.exercise.probes import Probe
from grader.grading.author import AuthorBox
from grader.grading.expected import ExpectedStore, public_seeds
from grader.proving.proofs import agrees, finite_difference_source, proofs
from grader.sandbox.pool import Pool
from grader.verdict import Json

NEEDED = 2


@dataclass
class Gradients:
    """How often each task's gradients were proven."""

    tasks: dict[int, int] = field(default_factory=dict)
    finite_differences: list[str] = field(default_factory=list)
    truths: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Json]:
        return {
            "gradients": {str(task): count for task, count in self.tasks.items()},
            "finite_differences": self.finite_differences,
            "truths": self.truths,
            "proven": not self.problems,
        }


def prove(exercise: Exercise, pool: Pool, store: ExpectedStore, box_digest: str) -> Gradients:
    """Prove the gradients of a reference that passed its own probes."""
    found = Gradients()
    for task in proofs(exercise):
        found.tasks[task.task] = task.count
        found.truths += [probe.name for probe in task.truths]
        for probe in task.finite:
            problem = _by_differences(exercise, pool, store, box_digest, probe)
            if problem:
                found.problems.append(f"probe `{probe.name}`: {problem}.")
            else:
                found.finite_differences.append(probe.name)
        if task.count < NEEDED:
            found.problems.append(
                f"the gradients of task {task.task} have {task.count} proof{'' if task.count == 1 else 's'}, "
                "two are needed: `wrt=` with a `value`, and a `truth` worked out another way."
            )
    return found


def _by_differences(
    exercise: Exercise, pool: Pool, store: ExpectedStore, box_digest: str, probe: Probe
) -> str:
    """The first disagreement over the probe's public seeds, or an empty text."""
    cases = [store.get(exercise.grading_digest, box_digest, probe.name, seed) for seed in public_seeds(probe)]
    inputs = [case.inputs for case in cases if case is not None]
    with AuthorBox(pool, exercise, solution=exercise.reference) as box:
        numeric = box.ask(probe, finite_difference_source(probe), inputs, what="value")
        mine = box.call(probe, "ask", inputs)
        for one, other in zip(mine, numeric, strict=True):
            problem = agrees(box.value(probe, "ask", one), box.value(probe, "value", other), probe.wrt)
            if problem:
                return problem
    return ""
