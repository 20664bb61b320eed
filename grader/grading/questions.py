"""Questions that the engine derives from hidden probes, so that no author need write them.

A probe asks for values. Code can return right values and still be wrong to live with: it hands out one
buffer again and again, keeps results by shape or by `id`, returns its input's own memory, changes a cache on
the way back, or remembers the last call in a global. So probes that passed are asked once more, all in one
cell at the end, in the ways of `sandbox_images/inside/again.py`, and the values that come out are compared
here with those that came, or should have come, before. Nothing here can pay: a task may only fail by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.exercise.manifest import QUESTIONS
from grader.exercise.probes import ORDINARY, Probe
from grader.grading.outcome import Asked, Call
from grader.values.weighing import Scales, Terms
from grader.verdict import Failing
from sandbox_images.inside import wire

SOURCE = "from again import ask\n"
MOST_CASES = 2
SLOWEST_SECONDS = 0.1
"""Charged: a probe whose calls take longer each is not asked again. That is training, not arithmetic."""
MUCH_SLOWER = 2.5
"""A probe whose calls take so many times what the quickest of the same functions takes is not asked again."""
ANY_CLOCK = 3.0
"""What SLOWEST_SECONDS is multiplied by where every probe is asked that another clock could choose."""
LEAST_CALL = 0.0016
"""Seconds. Below, clocks tell nothing about how long the reference takes for a call."""
LARGEST_BYTES = 200_000
"""Of the inputs and of the answers of a probe: each is sent back a few times."""
PATIENCE = 40.0
"""A probe is called so many times at most, so it may take so much longer."""
LEAST_SECONDS = 5.0
_LIMITS = wire.WireLimits(depth=4, items=256)
"""What comes is a table of encoded values, which nobody reads before they are weighed."""

LIGHT = ("overwritten",)
"""What is asked of a probe when another one of the same functions is asked everything: one call more."""

SENTENCES: Mapping[str, str] = {
    "first": "called once more with the same arguments, it did not return the same. "
    "Keep nothing between calls.",
    "kept": "its first result changed when it was called a second time. "
    "Return new arrays, and keep nothing in between.",
    "overwritten": "its result changed when the input was overwritten afterwards. "
    "Return a copy, not the input's own memory.",
    "written": "after somebody wrote into its result, the next call did not return the same. "
    "Return new arrays each time.",
    "reused": "it was called again with the same array, filled with new numbers, "
    "and did not answer for the new ones. Keep nothing between calls.",
    "between": "another call in between, with other numbers, changed the result. "
    "Keep nothing between calls: what a later step needs belongs into what you return.",
    "twice": "called twice with the same arguments, it did not return the same the second time. "
    "Keep nothing between calls, and change nothing that you are handed.",
    "beside": "a second example, begun before the first was finished, changed its result. "
    "Keep what belongs to an object in that object, not in its class or in a global variable.",
}
"""What each question found, as a learner reads it after the name of the function."""


def chosen(done: Sequence[Asked]) -> list[Asked]:
    """The probes to ask again: paying, about values alone, quick, and their task not lost. Of the visible
    ones, those whose hidden companions are all much slower.
    """
    fit = _fitting(done, SLOWEST_SECONDS)
    return [asked for asked in fit if _hidden(asked) or _quickest(asked, fit)]


def _fitting(done: Sequence[Asked], slowest: float) -> list[Asked]:
    lost = {asked.probe.task for asked in done if not asked.passed}
    return [asked for asked in done if asked.probe.task not in lost and _fits(asked, slowest)]


def _fits(asked: Asked, slowest: float) -> bool:
    probe, calls = asked.probe, asked.calls[:MOST_CASES]
    if not (probe.visible or probe.turn >= ORDINARY):
        return False
    if probe.veto or not probe.pure or probe.memory_mb or probe.times_faster:
        return False
    if sum(asked.times) > slowest * len(asked.calls):
        return False
    return sum(len(call.case.inputs) + len(call.blob) for call in calls) <= LARGEST_BYTES


def _hidden(asked: Asked) -> bool:
    return asked.probe.turn >= ORDINARY


def _quickest(asked: Asked, fit: Sequence[Asked]) -> bool:
    others = [
        other for other in fit if _hidden(other) and set(other.probe.functions) == set(asked.probe.functions)
    ]
    return bool(others) and all(
        _seconds(other) > MUCH_SLOWER * _seconds(asked)
        and len(asked.calls) >= min(MOST_CASES, len(other.calls))
        for other in others
    )


def questions(chosen: Sequence[Asked], permits: Mapping[str, str]) -> list[tuple[Asked, bytes]]:
    """The probes that are asked again, each with what goes into the box for it.

    Of the probes of the same functions one is asked everything: of ordinary examples that are not much
    slower than the quickest, and of those with several calls, the one in the middle by the size of what is
    expected, for the smallest may show nothing. What is much slower is not asked again: it shows the same.
    """
    found = []
    for functions in {frozenset(asked.probe.functions): None for asked in chosen}:
        same = [asked for asked in chosen if frozenset(asked.probe.functions) == functions]
        slowest = MUCH_SLOWER * min(_seconds(asked) for asked in same)
        quick = [asked for asked in same if _seconds(asked) <= slowest]
        plain = [asked for asked in quick if asked.probe.kind is not Failing.EDGE] or quick
        several = [asked for asked in plain if len(asked.calls) >= MOST_CASES] or plain
        whole = sorted(several, key=_size)[len(several) // 2]
        for asked in quick:
            names = [name for name in (QUESTIONS if asked is whole else LIGHT) if name not in permits]
            if names:
                found.append((asked, _question(asked, names, MOST_CASES if asked is whole else 1)))
    return found


def everything(done: Sequence[Asked], permits: Mapping[str, str]) -> list[tuple[Asked, bytes]]:
    """Every probe that could be chosen on some machine, asked everything, as `questions` returns them.

    How quick a probe is leaves none out: that is another one on each machine, and on a busy one. A visible
    probe is among them where it has a hidden companion, without which no clock chooses it.
    """
    names = [name for name in QUESTIONS if name not in permits]
    fit = _fitting(done, ANY_CLOCK * SLOWEST_SECONDS)
    hidden = {frozenset(asked.probe.functions) for asked in fit if _hidden(asked)}
    could = [asked for asked in fit if frozenset(asked.probe.functions) in hidden]
    return [(asked, _question(asked, names, MOST_CASES)) for asked in could if names]


def _question(asked: Asked, names: Sequence[str], cases: int) -> bytes:
    inputs = [call.case.inputs for call in asked.calls[:cases]]
    return wire.encode({"ask": asked.probe.ask_source, "cases": inputs, "asked": names})


def _seconds(asked: Asked) -> float:
    """What the reference needs for one of its calls, with a floor below which clocks tell nothing."""
    return max(LEAST_CALL, *(call.case.reference_seconds or 0.0 for call in asked.calls))


def _size(asked: Asked) -> int:
    return sum(len(call.case.expected) for call in asked.calls[:MOST_CASES])


def found(asked: Asked, answer: bytes, permits: Mapping[str, str], scales: Scales) -> str:
    """The first question that was answered otherwise than before, and is not permitted; or nothing.

    An answer without a form (the box may say anything) is none. Raises Expired.
    """
    try:
        told = wire.decode(answer, _LIMITS)
    except wire.WireError:
        return ""
    if not isinstance(told, dict):
        return ""
    calls = asked.calls[:MOST_CASES]
    places = {"reused": calls[1:2]}
    for name in SENTENCES:
        got = told.get(name)
        if name in permits or not isinstance(got, list):
            continue
        about = places.get(name, calls)[: max(len(got), 1)]
        if about and not _same(asked.probe, got, about, scales):
            return name
    return ""


def _same(probe: Probe, got: Sequence[wire.Value], calls: Sequence[Call], scales: Scales) -> bool:
    if len(got) != len(calls) or not all(isinstance(one, bytes) for one in got):
        return False
    plain = probe.bound is None  # where several answers are right, the one that was given is
    pairs = [
        (one, call.case.expected if plain else call.blob)
        for one, call in zip(got, calls, strict=True)
        if one != call.blob
    ]
    return not pairs or scales.agree(pairs, Terms.of(probe))


def mark(asked: Asked, name: str) -> None:
    """Let a probe fail by what a question found."""
    asked.calls[0].kind, asked.calls[0].note = Failing.PURITY, SENTENCES[name]
    asked.habit = name


def named(message: str) -> str:
    """The question by which a probe failed that has such a message; or nothing."""
    return next((name for name, told in SENTENCES.items() if message.endswith(told)), "")


def mark_form(done: Sequence[Asked], unlike: Mapping[str, str]) -> list[Asked]:
    """Let probes that pay fail where a function has another form than its task asks for; those probes."""
    found = []
    for asked in done:
        clause = next((unlike[name] for name in asked.probe.functions if name in unlike), "")
        if clause and asked.passed and asked.calls and not asked.probe.veto:
            asked.calls[0].kind, asked.calls[0].note = Failing.STRUCTURE, clause
            asked.habit = "form"
            found.append(asked)
    return found
