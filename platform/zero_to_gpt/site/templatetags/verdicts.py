"""How a verdict looks: its words, tones and icons, and which task is open.

Works on the JSON projection that a view chose (a learner's or staff's); it decides nothing about who
may see what. The values in it are drawn by values.py.
"""

from __future__ import annotations

from typing import Any

from django import template

from grader.verdict import ProbeWord, State, Word

register = template.Library()

Json = Any

# word or state -> (tone, icon, headline)
_HEADLINES: dict[str, tuple[str, str, str]] = {
    Word.PASSED: ("pass", "check", "Passed"),
    Word.FAILED: ("fail", "cross", "Not all checks pass"),
    Word.NOT_ATTEMPTED: ("info", "info", "Not attempted"),
    Word.NOT_GRADABLE: ("warn", "alert", "Not gradable"),
    Word.CRASHED: ("fail", "cross", "Stopped by an error"),
    Word.TIMED_OUT: ("warn", "clock", "Out of time"),
    Word.OUT_OF_MEMORY: ("warn", "memory", "Out of memory"),
    Word.TOO_MUCH_OUTPUT: ("warn", "alert", "Too much output"),
    State.QUEUED: ("info", "clock", "Waiting"),
    State.RUNNING: ("info", "play", "Running"),
    State.CANCELLED: ("none", "stop", "Stopped"),
    State.BROKEN: ("warn", "alert", "The grader failed, not your code"),
}
_PROBES: dict[str, tuple[str, str, str]] = {
    ProbeWord.PASSED: ("pass", "check", "passes"),
    ProbeWord.FAILED: ("fail", "cross", "fails"),
    ProbeWord.CRASHED: ("fail", "cross", "stopped by an error"),
    ProbeWord.TIMED_OUT: ("warn", "clock", "out of time"),
    ProbeWord.OUT_OF_MEMORY: ("warn", "memory", "out of memory"),
    ProbeWord.TOO_MUCH_OUTPUT: ("warn", "alert", "too much output"),
    ProbeWord.MALFORMED: ("warn", "alert", "could not be read"),
    ProbeWord.NOT_RUN: ("none", "minus", "not run"),
}


@register.filter
def headline(word: str, verdict: Json = None) -> dict[str, str]:
    """Tone, icon and words of a whole verdict (or of a state that has none)."""
    tone, icon, text = _HEADLINES[word]
    if verdict and verdict["kind"] == "run" and word == Word.PASSED:
        text = "The visible checks pass" if len(verdict["probes"]) != 1 else "The check passes"
    elif verdict and word == Word.FAILED:
        of_checks = verdict["kind"] == "run" or len(verdict["tasks"]) == 1
        counted, what = (verdict["probes"], "checks") if of_checks else (verdict["tasks"], "tasks")
        good = sum(1 for each in counted if each.get("passed") or each.get("word") == ProbeWord.PASSED)
        text = f"{good} of {len(counted)} {what} pass" if len(counted) > 1 else "Does not pass yet"
    return {"tone": tone, "icon": icon, "text": text}


@register.filter
def probe_badge(word: str) -> dict[str, str]:
    tone, icon, text = _PROBES[word]
    return {"tone": tone, "icon": icon, "text": text}


@register.filter
def by_task(verdict: Json, only: str = "") -> dict[str, Json]:
    """The check to look at first, which stands open, and the tasks with all their checks, folded.

    In a Run only visible probes ran, or the one named `only`. A folded check says its sentence unless it
    was said before.
    """
    first = _first(verdict)
    told = {_short(first)} if first else set()
    tasks = []
    for task in verdict["tasks"]:
        probes = [probe for probe in verdict["probes"] if probe["task"] == task["id"]]
        good = sum(1 for probe in probes if probe["word"] == ProbeWord.PASSED)
        whole = verdict["kind"] != "run"
        if not probes or all(probe["word"] == ProbeWord.NOT_RUN for probe in probes):
            unasked = "not asked this time" if only else "checked when you submit"
            text = "not run" if whole or probes else unasked
            badge = {"tone": "none", "icon": "minus", "text": text}
        elif good == len(probes):
            badge = {"tone": "pass", "icon": "check", "text": "passes"}
        else:
            badge = {"tone": "fail", "icon": "cross", "text": f"{good} of {len(probes)} checks pass"}
        rows = []
        for probe in probes:
            short = _short(probe)
            rows.append(
                {
                    "probe": probe,
                    "above": probe is first,
                    "short": "" if short in told else short,
                    "same": bool(short) and short in told,
                    "more": bool(probe["detail"] or probe["twin"]),
                }
            )
            told.add(short)
        tasks.append({**task, "rows": rows, "badge": badge, "counts": whole})
    return {"first": first, "first_task": _task(verdict, first) if first else None, "tasks": tasks}


@register.filter
def proved(verdict: Json) -> list[dict[str, Json]]:
    """What a learner has shown who passed: each check once, those that most tasks share first."""
    tasks = {task["id"]: task["title"] for task in verdict["tasks"]}
    passed: dict[str, dict[str, None]] = {}
    for probe in verdict["probes"]:
        passed.setdefault(probe["title"], {})[tasks[probe["task"]]] = None
    found: dict[tuple[str, ...], list[str]] = {}
    for title in passed:
        found.setdefault(tuple(passed[title]), []).append(title)
    shared = sorted(found.items(), key=lambda group: -len(group[0]))
    return [{"tasks": list(names), "checks": checks} for names, checks in shared]


def _first(verdict: Json) -> Json:
    """The failing probe that the verdict's own sentence is about; None where it is about none."""
    failing = [p for p in verdict["probes"] if p["word"] not in (ProbeWord.PASSED, ProbeWord.NOT_RUN)]
    for probe in failing:
        if verdict["message"] == f"Task {probe['task']}: {probe['message']}":
            return probe
    return failing[0] if failing else None


def _task(verdict: Json, probe: Json) -> Json:
    return next(task for task in verdict["tasks"] if task["id"] == probe["task"])


def _short(probe: Json) -> str:
    """Why a check does not pass, the same for all that do not for the same reason."""
    told: str = probe["message"].partition(" On an open example")[0]
    return told.replace(" on a hidden example", "").replace(", on a hidden", "").rstrip(".,")


@register.filter
def anything_ran(verdict: Json) -> bool:
    return any(probe["word"] != ProbeWord.NOT_RUN for probe in verdict["probes"])


@register.filter
def points(value: float) -> str:
    return f"{value:g}"


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as a person reads them."""
    if seconds is None:
        return ""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


@register.filter
def span(minutes: float | None) -> str:
    """Minutes, hours or days of somebody's time as a person tells them."""
    if minutes is None:
        return ""
    if minutes < 1:
        return "under a minute"
    if minutes < 99.5:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 60 * 36 else f"{minutes / 1440:.0f} days"


@register.filter
def plain(value: Any) -> str:
    """A figure or a small table of a worker's sign, in words."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {plain(each)}" for name, each in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(plain(each) for each in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


@register.filter
def begun(row: Any) -> bool:
    """Whether somebody did anything in an exercise without having passed it (a Row of progress.queries)."""
    return not row.passed and bool(row.tries or row.runs)
