"""From what came out of a box for one probe to that probe's result.

Everything is decided here, outside, on bytes: values are parsed by our own reader, compared with the
cached expected ones (or judged by the author's judge in an author's box), and put into words. What the
inside alone can see (whether an input was changed) may only make a probe fail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from grader.exercise.folder import Exercise
from grader.exercise.places import Places
from grader.exercise.probes import Probe
from grader.feedback import sentences
from grader.feedback.differences import said
from grader.grading.expected import Case
from grader.sandbox.box import Death
from grader.sandbox.cells import CellEnd, CellRun, RawError
from grader.values.plaintext import printable
from grader.values.preview import preview
from grader.values.weigher import Expired
from grader.values.weighing import ORDER, Scales, Terms, Weighed
from grader.verdict import (
    ArrayDiff,
    CallDetail,
    ErrorReport,
    Failing,
    ProbeResult,
    ProbeWord,
    TaskResult,
)
from sandbox_images.inside import wire

NOT_JUDGED = "the result could not be judged"
"""Begins what stands in the place of a judge's answer where the judge itself failed."""
MOST_NAMES = 8
_ELSEWHERE = (Failing.SPEED, Failing.MEMORY)
"""What is not found out where a probe is asked on public seeds."""
CHANGES = wire.WireLimits(total=4096, depth=1, items=256)
"""The names of changed inputs: the author's, so few and short."""

Judge = Callable[[Probe, "Sequence[Call]"], list[float | str]]
"""Runs the author's judge on the values of some calls: a number, or a sentence where it could not."""


@dataclass
class Call:
    """One call of a probe. `blob` is the answer, still encoded; `value` is False where none came."""

    seed: str
    case: Case
    blob: bytes = b""
    value: bool = False
    error: ErrorReport | None = None
    stopped: ErrorReport | None = None
    """Where the code was when the time of this call was over."""
    memory_error: bool = False
    changed: tuple[str, ...] = ()
    unreadable: str = ""
    differences: tuple[ArrayDiff, ...] = ()
    kind: Failing | None = None
    note: str = ""

    @property
    def pair(self) -> tuple[bytes, bytes]:
        """The answer and what is expected, encoded."""
        return self.blob, self.case.expected

    def take(self, weighed: Weighed) -> None:
        """Keep what was found out about the answer."""
        self.unreadable = weighed.unreadable
        self.value = self.value and not weighed.unreadable
        self.kind, self.note, self.differences = weighed.kind, weighed.note, weighed.differences

    def detail(self, scales: Scales, places: Places) -> CallDetail:
        return CallDetail(
            seed=self.seed,
            inputs=preview(wire.decode(self.case.inputs)),
            got=scales.preview(self.blob) if self.value else None,
            expected=preview(wire.decode(self.case.expected)),
            differences=tuple(
                replace(diff, place=said(diff.path, places).strip()) for diff in self.differences
            ),
            error=self.error or self.stopped,
        )


@dataclass
class Asked:
    """What became of one probe in a box: its calls so far, and how it ended if it did not finish."""

    probe: Probe
    calls: list[Call]
    word: ProbeWord | None = None
    error: ErrorReport | None = None
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    """How long each call took, for a probe that asks one call per cell."""
    allowed: float | None = None
    """Seconds it was given where that was less than its limit, because another probe had not finished."""
    late: bool = False
    """Not asked at all, because what came before took the time of the whole submission."""
    missing: str = ""
    """Why what it asks is in no box, for a probe after an open one."""
    costly: bool = False
    """Its answers could not be read and compared within what a submission may cost."""
    habit: str = ""
    """By what it failed although its answers were right: a question of the engine's, or "form"."""

    @property
    def failing(self) -> Call | None:
        """The failing call a learner should hear about: first by kind, then by seed."""
        failing = [call for call in self.calls if call.kind is not None]
        return min(failing, key=lambda call: ORDER[call.kind], default=None)  # type: ignore[index]

    @property
    def shown(self) -> Call | None:
        """The call to show of a probe that did not pass."""
        return self.failing or next((call for call in self.calls if not call.value), None)

    @property
    def passed(self) -> bool:
        return self.word is None and all(call.value and call.kind is None for call in self.calls)


def error_report(raw: RawError) -> ErrorReport:
    """The error of a box as text that is safe to show."""
    return ErrorReport(
        type=printable(raw.type, 200),
        message=printable(raw.message, 2000),
        line=raw.line,
        code=printable(raw.code, 500),
        traceback=printable(raw.traceback, 10_000),
    )


def place_of(run: CellRun) -> ErrorReport | None:
    """Where a cell was that did not finish within its time, in the form of an error."""
    if run.stopped is None:
        return None
    stopped = error_report(run.stopped)
    function = sentences.innermost(stopped)
    return replace(stopped, type="Stopped", message=f"in `{function}`" if function else "here")


def end_word(run: CellRun, death: Death | None) -> ProbeWord | None:
    """None when the cell finished and its box lives on."""
    if run.end is CellEnd.FINISHED:
        if run.error is None:
            return None
        return ProbeWord.OUT_OF_MEMORY if sentences.is_memory_error(run.error) else ProbeWord.CRASHED
    if run.end is CellEnd.TIMED_OUT:
        return ProbeWord.TIMED_OUT
    if run.end is CellEnd.TOO_MUCH_OUTPUT:
        return ProbeWord.TOO_MUCH_OUTPUT
    if run.end is CellEnd.MALFORMED:
        return ProbeWord.MALFORMED
    return ProbeWord.OUT_OF_MEMORY if death is Death.OUT_OF_MEMORY else ProbeWord.CRASHED


def read(run: CellRun, calls: Sequence[Call]) -> None:
    """Keep the answers of one cell, unopened. The first value of a call counts, later ones do not."""
    seen: set[int] = set()
    for raw in run.values:
        if raw.call in seen or not 0 <= raw.call < len(calls):
            continue
        seen.add(raw.call)
        call = calls[raw.call]
        if raw.error is not None:
            call.error = error_report(raw.error)
            call.memory_error = sentences.is_memory_error(call.error)
        try:
            changed = wire.decode(raw.changed, CHANGES) if raw.changed else []
        except wire.WireError as error:
            call.unreadable = str(error)
            continue
        call.blob = raw.result
        call.value = call.error is None
        if isinstance(changed, list):
            names = [name for name in changed if isinstance(name, str)]
            call.changed = tuple(printable(name, 80) for name in names[:MOST_NAMES])


def decide(asked: Asked, judge: Judge, scales: Scales) -> None:
    """Compare or judge every value that came, and settle the probe's word if the box has not."""
    try:
        _decide(asked, judge, scales)
    except Expired:
        asked.word, asked.costly = asked.word or ProbeWord.MALFORMED, True
        for call in asked.calls:
            call.value = False


def _decide(asked: Asked, judge: Judge, scales: Scales) -> None:
    probe = asked.probe
    terms = Terms.of(probe)
    for call in asked.calls:
        if call.error is not None:
            call.kind = Failing.MEMORY if call.memory_error else Failing.ERROR
    answered = [call for call in asked.calls if call.value]
    for call, weighed in zip(answered, scales.weigh([call.pair for call in answered], terms), strict=True):
        call.take(weighed)
    open_ = [call for call in answered if call.value and call.kind is None]
    if probe.has_judge and probe.bound is not None and open_:
        for call, found in zip(open_, judge(probe, open_), strict=True):
            call.take(scales.bounded(found, *call.pair, terms))
    for call in asked.calls:
        if call.value and call.kind is None and probe.pure and call.changed:
            call.kind = Failing.PURITY
    if asked.word is None and any(call.unreadable for call in asked.calls):
        asked.word = ProbeWord.MALFORMED
    if asked.word is None and any(not call.value and call.error is None for call in asked.calls):
        asked.word = ProbeWord.MALFORMED  # the cell finished and yet a value is missing
    if asked.word is None and any(call.memory_error for call in asked.calls):
        asked.word = ProbeWord.OUT_OF_MEMORY


def result(asked: Asked, exercise: Exercise, scales: Scales, *, twin: Asked | None = None) -> ProbeResult:
    """The probe's result in words and data; `twin` is the same hidden probe asked on public seeds."""
    probe, failing = asked.probe, asked.failing
    word = ProbeWord.PASSED if asked.passed else asked.word or ProbeWord.FAILED
    kind = None if word is ProbeWord.PASSED or failing is None else failing.kind
    if word is ProbeWord.OUT_OF_MEMORY:
        kind = Failing.MEMORY
    message = ""
    detail: Call | None = failing
    example = twin.shown if twin is not None else None
    if word is ProbeWord.FAILED and failing is not None and failing.kind is not None:
        message = sentence(probe, failing, visible=probe.shown, starter=exercise.starter)
        if asked.habit:
            message = sentences.of_habit(probe.functions, failing.note)
        if twin is not None and example is not None and example.kind is not None:
            told = sentence(probe, example, visible=True, starter=exercise.starter)
            message += f" On an open example: {told}"
        elif twin is not None and twin.passed and failing.kind not in _ELSEWHERE:
            message += sentences.of_right_twin(probe.functions)
    elif word is not ProbeWord.PASSED:
        message = sentences.of_end(word, probe.functions, probe, exercise.limits, costly=asked.costly)
        if asked.late:
            message = sentences.LATE
        if asked.missing:
            message = asked.missing
        if word is ProbeWord.TIMED_OUT:
            message = sentences.of_time_out(
                probe,
                exercise.limits,
                place=next((call.stopped for call in asked.calls if call.stopped), None),
                needs=max((call.case.reference_seconds or 0.0 for call in asked.calls), default=0.0),
                allowed=asked.allowed,
            )
            if example is not None and example.stopped is not None:
                message += f" On an open example it was stopped{sentences.in_place(example.stopped)}."
        if probe.shown and failing is not None and failing.memory_error and failing.error is not None:
            message = f"{message[:-1]}{sentences.at_line(failing.error)}."
        elif probe.shown and word is ProbeWord.CRASHED and asked.error is not None:
            message = sentences.of_error(asked.error, probe.functions)
        detail = asked.shown
    elif probe.shown and asked.calls:
        detail = asked.calls[0]
    return ProbeResult(
        name=probe.name,
        title=probe.title,
        task=probe.task,
        points=probe.points,
        visible=probe.visible,
        pays=not probe.veto,
        word=word,
        kind=kind,
        message=message,
        seconds=round(asked.seconds, 6),
        seeds=tuple(call.seed for call in asked.calls),
        detail=detail.detail(scales, probe.places) if detail is not None else None,
        twin=example.detail(scales, probe.places) if example is not None else None,
        open=probe.open,
    )


def sentence(probe: Probe, call: Call, *, visible: bool, starter: str = "") -> str:
    """Why this call failed; of a hidden one only what its learner may know."""
    if call.kind is None:
        return ""
    diff = call.differences[0] if call.differences else None
    if call.kind is Failing.SPEED:
        return call.note
    if visible:
        # A learner knows the names of parameters, not those of the probe's own table of inputs.
        known = [name for name in call.changed if re.search(rf"\b{re.escape(name)}\b", starter)]
        note = call.note if diff is None or not call.note.startswith(NOT_JUDGED) else ""
        if note and call.kind is probe.kind and probe.bound and probe.has_judge and not probe.bound.says:
            note = f"{sentences.in_check(probe.title)}, {note}"
        return sentences.of_probe(
            call.kind,
            diff,
            call.error,
            probe.functions,
            changed=known,
            note=note,
            places=probe.places,
            title=probe.title,
        )
    return sentences.of_hidden_probe(call.kind, diff, call.error, probe.functions, probe.places)


def tasks(exercise: Exercise, probes: Sequence[ProbeResult]) -> tuple[TaskResult, ...]:
    """A task passes when every probe asked of it passed; it pays when all its probes were asked."""
    found = {probe.name: probe.word for probe in probes}
    results = []
    for task in exercise.tasks:
        mine = [probe for probe in exercise.probes if probe.task == task.id]
        asked = [found[probe.name] for probe in mine if probe.name in found]
        passed = bool(asked) and all(word is ProbeWord.PASSED for word in asked)
        possible = float(exercise.possible(task.id))
        points = possible if passed and len(asked) == len(mine) else 0.0
        results.append(
            TaskResult(id=task.id, title=task.title, points=points, possible=possible, passed=passed)
        )
    return tuple(results)


def not_run(probes: Sequence[Probe]) -> tuple[ProbeResult, ...]:
    """What becomes of probes that a submission never came to."""
    return tuple(
        ProbeResult(
            name=probe.name,
            title=probe.title,
            task=probe.task,
            points=probe.points,
            visible=probe.visible,
            pays=not probe.veto,
            word=ProbeWord.NOT_RUN,
            message="Not run.",
            open=probe.open,
        )
        for probe in probes
    )
