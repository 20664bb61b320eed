"""A learner's own earlier answers in a later exercise: which there are, which is taken, who may take what.

Taken is what they chose; else their latest passed answer to the exercise as it is now; else the official one,
which is open to whoever has passed that exercise in any version, and to who teaches. A submission keeps
what was taken for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.exercise.pieces import number_of
from grader.grading.pieces import Own, digest_of
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Exercise, Revision
from zero_to_gpt.catalog.pieces import exercise_called
from zero_to_gpt.submissions.models import PieceChoice, Submission
from zero_to_gpt.submissions.solutions import teaches

MOST_SHOWN = 20
"""Of the answers of one person to one exercise, the newest."""


class NoSuchAnswer(Exception):
    """What was to be taken is not theirs to take; the message is for the person."""


@dataclass(frozen=True)
class Choice:
    """One piece of an exercise for one person. `name` is what `uses` calls the exercise it comes from.

    `answers`: theirs that passed, newest first. `taken` is one of them, or None for the official one, which
    they may take if `official`. `changed`: what they passed was another version.
    """

    name: str
    module: str
    direct: bool
    exercise: Exercise
    answers: tuple[Submission, ...]
    taken: Submission | None
    official: bool
    changed: bool

    @property
    def number(self) -> str:
        return number_of(self.name)

    @property
    def missing(self) -> bool:
        """Whether it has to be passed first."""
        return self.taken is None and not self.official

    @property
    def choosable(self) -> bool:
        return len(self.answers) + self.official > 1


def choices(user: User | None, exercise: Exercise, revision: Revision) -> list[Choice]:
    """The pieces of a revision of an exercise for this person, or for a visitor."""
    if not revision.uses:
        return []
    chosen: dict[str, PieceChoice] = {}
    staff = False
    if user is not None:
        rows = PieceChoice.objects.filter(user=user, exercise=exercise)
        chosen = {row.name: row for row in rows}
        staff = teaches(user, exercise)
    found = [_choice(user, exercise, pin, chosen.get(pin["name"]), staff) for pin in revision.uses]
    return [choice for choice in found if choice is not None]


def _choice(
    user: User | None, exercise: Exercise, pin: dict[str, Any], row: PieceChoice | None, staff: bool
) -> Choice | None:
    used = exercise_called(exercise.module.course_id, pin["name"])
    if used is None:
        return None
    passed = Submission.objects.filter(user=user, exercise=used).passed() if user else None
    answers: tuple[Submission, ...] = ()
    ever = False
    if passed is not None:
        kept = Revision.objects.filter(pk=pin["revision"]).values_list("grading_digest", flat=True).first()
        now = used.current.grading_digest if used.current else kept
        right = passed.filter(revision__grading_digest__in={kept, now}).defer("verdict", "source")
        answers = tuple(right.order_by("-pk")[:MOST_SHOWN])
        ever = bool(answers) or passed.exists()
    taken = answers[0] if answers else None
    if row is not None and (row.submission_id is None or row.submission_id in {a.pk for a in answers}):
        taken = next((each for each in answers if each.pk == row.submission_id), None)
    return Choice(
        name=pin["name"],
        module=pin["module"],
        direct=pin["direct"],
        exercise=used,
        answers=answers,
        taken=taken,
        official=ever or staff,
        changed=ever and not answers,
    )


def lacking(found: Sequence[Choice]) -> str:
    """The sentence about what must be passed first; empty when all is there."""
    missing = [f"{choice.exercise.title} ({choice.number})" for choice in found if choice.missing]
    if not missing:
        return ""
    these = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
    first = "that one" if len(missing) == 1 else "those"
    return f"This exercise uses your own code from {these}: pass {first} first."


def texts(found: Sequence[Choice]) -> dict[str, str]:
    """The file of each module: what its exercise gave and their own answer; empty for an official one."""
    answers = {choice.module: choice.taken for choice in found}
    return {
        module: f"{answer.revision.given.strip()}\n\n\n{answer.source.strip()}\n".lstrip() if answer else ""
        for module, answer in answers.items()
    }


def pinned(found: Sequence[Choice]) -> list[dict[str, Any]]:
    """What a submission keeps of its pieces: which answer, and the digest of its source."""
    return [
        {
            "exercise": choice.name,
            "module": choice.module,
            "submission": choice.taken.pk if choice.taken else None,
            "digest": digest_of(choice.taken.source) if choice.taken else "",
        }
        for choice in found
    ]


def pinned_again(submission: Submission, revision: Revision) -> list[dict[str, Any]] | None:
    """The pieces of a submission that is graded again: those it had, and what its exercise uses since then.

    None where its person has not passed one of these.
    """
    kept = {pin["exercise"]: pin for pin in submission.pieces}
    found = choices(submission.user, submission.exercise, revision)
    if lacking([choice for choice in found if choice.name not in kept]):
        return None
    return [kept.get(pin["exercise"], pin) for pin in pinned(found)]


def using(submission: Submission) -> dict[str, Own]:
    """Their own answers that a submission is graded with. Raises LookupError if one is not there any more."""
    found: dict[str, Own] = {}
    for pin in submission.pieces:
        if pin["submission"] is None:
            continue
        mine = Submission.objects.filter(pk=pin["submission"], user=submission.user_id)
        answer = mine.only("source", "created").first()
        if answer is None or digest_of(answer.source) != pin["digest"]:
            raise LookupError(f"submission {pin['submission']}, a piece of {submission.pk}, is not there")
        passed = f"passed on {answer.created.day} {answer.created:%B %Y}"
        found[pin["exercise"]] = Own(source=answer.source, mark=str(answer.pk), told=passed)
    return found


def choose(*, user: User, exercise: Exercise, name: str, answer: int | None) -> None:
    """Take this answer of theirs from now on (None: the official one). Raises NoSuchAnswer."""
    revision = exercise.current
    found = choices(user, exercise, revision) if revision is not None else []
    choice = next((each for each in found if each.name == name), None)
    if choice is None:
        raise NoSuchAnswer("This exercise does not use that one.")
    if answer is None and not choice.official:
        raise NoSuchAnswer(f"The official answer is open when you have passed {choice.exercise.title}.")
    if answer is not None and answer not in {each.pk for each in choice.answers}:
        raise NoSuchAnswer(f"That is no answer of yours to {choice.exercise.title} that passes as it is now.")
    PieceChoice.objects.update_or_create(
        user=user, exercise=exercise, name=name, defaults={"submission_id": answer}
    )
