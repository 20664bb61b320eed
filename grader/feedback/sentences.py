"""What a learner is told: one sentence per case. What happened, where, what to try; no blame.

`of_probe` may quote values and is for visible probes and public twins; `of_hidden_probe` tells kind,
shape (of a list its length) and dtype only, and lets through nothing that the learner's code could have
chosen freely (the name of an exception class of its own, for one), since it may have seen the hidden
input.
"""

from __future__ import annotations

import builtins
import math
import re
from collections.abc import Sequence

from grader.exercise.folder import Exercise, ExerciseLimits
from grader.exercise.places import Places
from grader.exercise.probes import Probe
from grader.feedback.differences import is_whole, sentence
from grader.sandbox.cells import RawError
from grader.values.plaintext import called, gist
from grader.verdict import ArrayDiff, ErrorReport, Failing, ProbeResult, ProbeWord, Word

_KNOWN_ERRORS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Exception)
) | {"LinAlgError", "AxisError"}

NOT_ATTEMPTED = "This is still the starter. Change it, then run it. This did not count as an attempt."
EMPTY = "There is no code here yet. Change the starter, then run it. This did not count as an attempt."
LATE = "Not run: the checks before this one used up the time of this submission."


def at_line(error: ErrorReport) -> str:
    if error.line is None:
        return ""
    return f", at line {error.line}" + (f": `{error.code.strip()}`" if error.code.strip() else "")


def is_memory_error(error: RawError | ErrorReport) -> bool:
    """numpy raises a subclass of MemoryError; torch on a CPU a RuntimeError that only its text tells."""
    if error.type in {"MemoryError", "_ArrayMemoryError", "OutOfMemoryError"}:
        return True
    return error.type == "RuntimeError" and "can't allocate memory" in error.message


def megabytes(amount: float) -> str:
    return f"{amount / 1024:g} GB" if amount >= 1024 else f"{amount:g} MB"


def seconds(amount: float) -> str:
    return f"{amount:.3g} s" if amount >= 1 else f"{amount * 1000:.3g} ms"


_PLACE = re.compile(r"line \d+, in ([\w.<>]{1,80})")


def innermost(error: ErrorReport) -> str:
    """The learner's own function in which an error came up; empty outside of all."""
    found = _PLACE.findall(error.traceback)
    name = found[-1] if found else ""
    return "" if name == "<module>" else name.removeprefix("<").removesuffix(">")


def in_place(error: ErrorReport | None) -> str:
    """ " in `train` (line 31)", or as much of it as is known."""
    name = innermost(error) if error is not None else ""
    if error is None or error.line is None:
        return ""
    return f" in `{name}` (line {error.line})" if name else f" at line {error.line}"


def of_time_out(
    probe: Probe, limits: ExerciseLimits, *, place: ErrorReport | None, needs: float, allowed: float | None
) -> str:
    """A probe took too long. `needs`: seconds of the reference, 0 if nobody knows; `allowed`: see Asked."""
    limit = probe.seconds or limits.probe_seconds
    if allowed is not None:
        after = seconds(max(round(allowed, 1), 0.1))
        return (
            f"{called(probe.functions)} was stopped{in_place(place)} after {after}. "
            "It was given no more time, because another check had not finished either."
        )
    stopped = in_place(place)
    text = f"{called(probe.functions)} did not finish within {seconds(limit)}."
    if stopped:
        text = f"Stopped after {seconds(limit)},{stopped}."
    loop = "a loop over single examples" if needs > limit / 20 else "a loop that never ends"
    if needs <= 0:
        return f"{text} Is there {loop}?"
    return f"{text} The reference needs {_about(needs)}: is there {loop}?"


def _about(needs: float) -> str:
    """How long the reference takes, no finer than it matters to anybody."""
    return "less than 0.1 s" if needs < 0.1 else f"about {seconds(round(needs, 1))}"


def of_own_cells(word: Word, error: ErrorReport | None, limits: ExerciseLimits) -> str:
    """The learner's own cells did not finish."""
    if word is Word.OUT_OF_MEMORY:
        place = at_line(error) if error is not None else ""
        return f"Your code asked for more than {megabytes(limits.memory_mb)}{place}."
    if word is Word.TIMED_OUT:
        place = in_place(error)
        return (
            f"Stopped after {seconds(limits.seconds)}{',' if place else ''}{place}, before the checks "
            "began: your code has to finish on its own first. Is there a loop that never ends?"
        )
    if word is Word.TOO_MUCH_OUTPUT:
        return f"Stopped: your code printed more than {limits.output_kb} kB. Is there a print inside a loop?"
    if error is not None:
        told = f": {error.message}" if error.message else ""
        return f"Your code stopped with {error.type}{told}{at_line(error)}.{advice(error)}"
    return "Your code ended the Python process before the checks began, so nothing could be checked."


def of_end(
    word: ProbeWord, functions: Sequence[str], probe: Probe, limits: ExerciseLimits, *, costly: bool = False
) -> str:
    """The box did not survive this probe, or nothing could be made of it; true for hidden ones too."""
    what = called(functions)
    if word is ProbeWord.OUT_OF_MEMORY:
        return f"{what} asked for more than {megabytes(probe.memory_mb or limits.memory_mb)} of memory."
    if word is ProbeWord.TOO_MUCH_OUTPUT:
        return f"{what} printed more than {limits.output_kb} kB."
    if word is ProbeWord.MALFORMED and costly:
        return (
            f"What came back from {what} is too costly to read and compare. Does it return much more than "
            "is asked for?"
        )
    if word is ProbeWord.MALFORMED:
        return f"What came back from {what} could not be read."
    if word is ProbeWord.NOT_RUN:
        return "Not run: too many checks before this one ended the Python process."
    return f"{what} ended the Python process."


def of_error(error: ErrorReport, functions: Sequence[str]) -> str:
    if error.type == "AttributeError" and error.message.startswith("your code defines no `"):
        return f"Your code{error.message[len('your code') :]}. Is the name spelled as in the starter?"
    text = f"{called(functions)} raised {error.type}"
    if told := gist(error.message).rstrip(". "):
        text += f": {told}"
    return f"{text}{at_line(error)}.{advice(error)}"


def advice(error: ErrorReport) -> str:
    """What to try, with a space before it, for an error that says little by itself; empty for others."""
    if error.type == "EOFError":
        return " Nobody can type here: use the arguments of the function instead of `input()`."
    if error.type == "ModuleNotFoundError":
        return " Only Python's own library and what the exercise names are here: write it without that one."
    if error.type == "RecursionError":
        return " Is there a case in which it stops calling itself?"
    if error.type == "TypeError" and error.line is None and _CALLED_OTHERWISE.search(error.message):
        return " Keep the parameters of the starter: the checks call it with these."
    return ""


_CALLED_OTHERWISE = re.compile(r"positional argument|unexpected keyword argument|required .*argument")


def of_probe(
    kind: Failing,
    diff: ArrayDiff | None,
    error: ErrorReport | None,
    functions: Sequence[str],
    *,
    changed: Sequence[str] = (),
    note: str = "",
    places: Places = (),
    title: str = "",
) -> str:
    """For a visible probe or a twin: values may be quoted.

    `changed`: the names of changed inputs that a learner knows; `note`: what a judge said besides; `places`:
    how the parts of the answer are called; `title`: what the probe asks, for where True or False is its whole
    answer.
    """
    if kind is Failing.ERROR and error is not None:
        return of_error(error, functions)
    if kind is Failing.PURITY and diff is None:  # a probe may call its wrong numbers so, too
        own, given = ("their", "they were given") if len(functions) > 1 else ("its", "it was given")
        names = " and ".join(f"`{name}`" for name in changed)
        what = f"{own} input {names}" if names else f"what {given}"
        return f"{called(functions)} changed {what}. Work on a copy."
    if diff is not None:
        told = sentence(diff, functions, places, question=in_check(title) if title else "")
        return f"{told} {note[0].upper()}{note[1:]}" if note else told
    return f"{called(functions)}: {note}" if note else f"{called(functions)} gave a wrong result."


def in_check(title: str) -> str:
    return f"in the check \u201c{title.rstrip('.')}\u201d"


def of_habit(functions: Sequence[str], found: str) -> str:
    """What was found beside right answers; it says nothing of a hidden input."""
    return f"{called(functions)}: {found}"


def of_hidden_probe(
    kind: Failing,
    diff: ArrayDiff | None,
    error: ErrorReport | None,
    functions: Sequence[str],
    places: Places = (),
) -> str:
    """For a hidden probe: kind, shape (of a list its length) and dtype, nothing else."""
    what = called(functions)
    are, use, own = ("are", "use", "their") if len(functions) > 1 else ("is", "uses", "its")
    if kind is Failing.ERROR:
        name = error.type if error is not None and error.type in _KNOWN_ERRORS else "an exception"
        return f"{what} raised {name} on a hidden example."
    if kind is Failing.STRUCTURE and diff is not None and (text := _of_hidden_structure(diff, what, places)):
        return text
    if kind is Failing.SHAPE and diff is not None and diff.got_shape is not None:
        shape = f"shape {diff.got_shape}" if _plain_shape(diff) else "another shape"
        return f"{what} returned {shape}, expected {diff.expected_shape}, on a hidden example."
    if kind is Failing.DTYPE and diff is not None and diff.got_dtype is not None:
        return f"{what} returned dtype {diff.got_dtype}, expected {diff.expected_dtype}, on a hidden example."
    if kind is Failing.PURITY and diff is not None:
        return f"{what} {are} wrong where arrays are written into, kept or shared, on a hidden example."
    return {
        Failing.STRUCTURE: f"{what} returned another kind of value than asked for on a hidden example.",
        Failing.SHAPE: f"{what} returned a wrong shape on a hidden example.",
        Failing.DTYPE: f"{what} returned a wrong dtype on a hidden example.",
        Failing.GRADIENT: f"The gradient from {what} is wrong on a hidden example.",
        Failing.EDGE: f"{what} {are} wrong in a hidden edge case.",
        Failing.PURITY: f"{what} changed {own} input on a hidden example. Work on a copy.",
        Failing.SPEED: f"{what} {are} too slow on a hidden example.",
        Failing.MEMORY: f"{what} {use} too much memory on a hidden example.",
    }.get(kind, f"{what} {are} wrong on a hidden example.")


def of_right_twin(functions: Sequence[str]) -> str:
    """Where a hidden probe failed that passes on its public seeds."""
    are = "are" if len(functions) > 1 else "is"
    return (
        f" On the open examples of this check {called(functions)} {are} right. So it takes something that "
        "only some inputs have (think of ties, zeros, negative or very large numbers, other lengths), or "
        "something that is kept from an earlier call."
    )


def _of_hidden_structure(diff: ArrayDiff, what: str, places: Places) -> str:
    """What is None, too short or too long; of keys only that they differ: they may be an input's."""
    if diff.worst_got == "nothing":
        if is_whole(diff.path, places):
            return f"{what} returned nothing on a hidden example. Is a `return` missing?"
        return f"{what} returned None for a part of the result on a hidden example."
    if diff.got_shape is None or diff.expected_shape is None:
        return ""
    if diff.worst_expected.endswith(" dict") or diff.worst_expected.startswith("a dict "):
        return f"{what} returned a dict with other keys than asked for on a hidden example."
    amount = "few" if diff.got_shape < diff.expected_shape else "many"
    if not is_whole(diff.path, places):  # which part it is, an answer chooses: its length stays unsaid
        return f"{what} returned too {amount} items in a part of the result on a hidden example."
    return f"{what} returned too {amount} items, expected {diff.worst_expected}, on a hidden example."


def _plain_shape(diff: ArrayDiff) -> bool:
    """Whether a wrong shape is made of the lengths of the right one: any other may be a message."""
    got, expected = diff.got_shape or (), diff.expected_shape or ()
    return len(got) <= len(expected) + 1 and set(got) <= {1, *expected, math.prod(expected)}


def of_speed(functions: Sequence[str], took: float, slow: float, asked: float) -> str:
    ratio = slow / took if took > 0 else 0.0
    return (
        f"{called(functions)} took {seconds(took)}, the plain way {seconds(slow)}: {ratio:.3g} times faster, "
        f"{asked:g} times is asked. Is there a Python loop that one array operation could replace?"
    )


def of_verdict(exercise: Exercise, probes: Sequence[ProbeResult], *, run_only: bool) -> str:
    """The first thing to read: the first failing task, and in it the first failing kind."""
    order = list(Failing)
    failing = [probe for probe in probes if probe.word is not ProbeWord.PASSED]
    if not failing:
        if run_only and len(probes) < sum(probe.visible for probe in exercise.probes):
            return "This check passes. Run asks the other visible ones, too."
        if run_only:
            return "The visible checks pass. Submit to run all of them."
        return "Everything passes." if len(exercise.tasks) == 1 else f"All {len(exercise.tasks)} tasks pass."
    task = min(probe.task for probe in failing)
    first = min(
        (probe for probe in failing if probe.task == task),
        key=lambda probe: (
            probe.word is ProbeWord.NOT_RUN,
            not (probe.visible or probe.open),  # what is open to the learner's eyes comes first
            order.index(probe.kind) if probe.kind is not None else 0,
        ),
    )
    return f"Task {task}: {first.message}"
