"""Failed hidden probes asked once more on public seeds, where everything may be shown."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from grader.grading.boxes import Live
from grader.grading.deciding import Deciding
from grader.grading.expected import public_seeds
from grader.grading.job import Event
from grader.grading.outcome import Asked
from grader.verdict import ProbeWord

MOST_BOXES = 3


def asked_twins(
    asking: Deciding, text: str, done: Sequence[Asked]
) -> Generator[Event, None, dict[str, Asked]]:
    """Each failed hidden probe on its public seeds, by name, in a box that never saw a hidden input."""
    twins: dict[str, Asked] = {}
    told = {asked.probe.task for asked in done if any(call.stopped for call in asked.calls)}
    live: Live | None = None
    boxes = 0
    for asked in done:
        probe = asked.probe
        if probe.shown or probe.after or asked.passed or asked.habit:
            continue  # (what was right would be right once more)
        if asked.word is ProbeWord.NOT_RUN:
            continue
        calls = asking.cases(probe, list(public_seeds(probe)))
        if asked.word is ProbeWord.TOO_MUCH_OUTPUT or (
            asked.word is ProbeWord.TIMED_OUT and (probe.task in told or not asking.time_left())
        ):
            twins[probe.name] = Asked(probe, calls)  # it would only take its whole time once more
            continue
        if live is not None and probe.memory_mb is not None:
            yield from asking.drop(live)
            live = None
        if live is None:
            if boxes >= MOST_BOXES or asking.again_too_long() or not asking.time_left():
                break
            boxes += 1
            memory = probe.memory_mb or asking.exercise.limits.memory_mb
            live = yield from asking.open(text, memory, tight=probe.memory_mb is not None)
            if live.word is not None:
                break
        twin = yield from asking.ask(probe, calls, live, twin=True)
        if asked.word is ProbeWord.TIMED_OUT:
            told.add(probe.task)
        asking.decide(twin)
        if twin.shown is not None or twin.passed:
            twins[probe.name] = twin
        if twin.word is not None or probe.memory_mb is not None:
            yield from asking.drop(live)
            live = None
    return twins
