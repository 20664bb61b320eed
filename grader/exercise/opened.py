"""Open probes and the hidden ones after them: what must hold between them, and what is refused.

An open probe is watched while it runs, so it runs once, on inputs that nobody gets again. What it makes
stays in its box (`keep` of `probing`) for hidden probes that say `after=`. Making an instance of either
runs no learner-sized work: both need a `truth`.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.exercise import trees
from grader.exercise.mistakes import like

if TYPE_CHECKING:
    from grader.exercise.probes import Probe


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a probe, as a sentence, and its line."""

    probe: str
    line: int
    sentence: str


def mistake(probes: Sequence[Probe]) -> Mistake | None:
    """The first thing that is wrong among the open probes of a file, those after them, and short sizes."""
    named = {probe.name: probe for probe in probes}
    keeps = {probe.name: _names(probe.ask_source, "keep") for probe in probes}
    for probe in probes:
        sentence = _open(probe, keeps[probe.name]) or _after(probe, named, keeps, probes) or _short(probe)
        if sentence:
            return Mistake(probe.name, probe.line, sentence)
    return None


def _open(probe: Probe, keeps: frozenset[str] | None) -> str:
    if not probe.open:
        if keeps is not None:
            return "only an open probe may keep something in its box for others; say open=True."
        return ""
    if probe.visible:
        return (
            "it is visible or open, not both: a visible one is asked on Run and on the same inputs for ever,"
            " an open one on Submit and once."
        )
    if probe.seeds != 1:
        return "an open probe runs once, on inputs that nobody gets again: leave `seeds` out."
    if (alone := _needs_its_box(probe)) is not None:
        return f"{alone} asks for boxes of its own, and an open probe runs once."
    if not probe.has_truth:
        return (
            "an open probe needs `truth(inputs)`, or making each of its instances would take as long as it"
            " runs; where it has a judge, `truth` returns an answer of the right form."
        )
    if keeps is not None and not keeps:
        return 'write keep(model=...): what is kept is asked for by its name, as kept("model").'
    return ""


def _after(
    probe: Probe,
    named: Mapping[str, Probe],
    keeps: Mapping[str, frozenset[str] | None],
    probes: Sequence[Probe],
) -> str:
    wanted = _names(probe.ask_source, "kept")
    if not probe.after:
        if wanted is not None:
            opens = ", ".join(one.name for one in probes if one.open) or "an open probe"
            return f"it asks for what was kept, so it must say after which probe: after={opens}."
        return ""
    first = named.get(probe.after)
    if first is None:
        return f"after={probe.after}: there is no such probe{like(probe.after, named)}."
    if not first.open:
        return f"after={probe.after}: that probe is not open, so nothing of it stays in the box."
    if probe.shown:
        return (
            f"what comes after `{probe.after}` is hidden: from a trained model nobody may read hidden inputs,"
            " so nothing is shown any more."
        )
    if (alone := _needs_its_box(probe)) is not None:
        return f"{alone} asks for a box of its own, and what `{probe.after}` made is in another one."
    if not probe.has_truth:
        return (
            "it needs `truth(inputs)`: what the reference's own model answers is not what a learner's must;"
            " where it has a judge, `truth` returns an answer of the right form."
        )
    there = keeps[first.name] or frozenset()
    if not wanted:
        names = ", ".join(f'kept("{name}")' for name in sorted(there)) or 'kept("model")'
        return f"it says after={probe.after} and asks for nothing of it: write {names} in its ask."
    for name in sorted(wanted - there):
        return f"it asks for `{name}`, which `{probe.after}` does not keep{like(name, there)}."
    return ""


def _short(probe: Probe) -> str:
    if probe.short_bound is None:
        return ""
    if probe.bound is None:
        return "short_judge is the bound in the short size, but there is no judge=... for the whole one."
    if probe.bound.measure != probe.short_bound.measure:
        return "judge and short_judge must bound the same thing: two bands, or two accuracies."
    if not probe.short and not probe.after:
        return "short_judge without a short size: say short={...}, too."
    return ""


def _needs_its_box(probe: Probe) -> str | None:
    if probe.memory_mb is not None:
        return "memory_mb"
    return "times_faster" if probe.times_faster is not None else None


def _names(source: str, function: str) -> frozenset[str] | None:
    """The names in `keep(name=...)` or `kept("name")` of what travels; None where it is not called."""
    nodes = list(ast.walk(trees.parse(source)))
    local = {
        alias.asname or alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "probing"
        for alias in node.names
        if alias.name == function
    }
    calls = [node for node in nodes if isinstance(node, ast.Call) and _called(node.func, function, local)]
    if not calls:
        return None
    texts = [item.value for call in calls for item in call.args if isinstance(item, ast.Constant)]
    keywords = [keyword.arg for call in calls for keyword in call.keywords]
    return frozenset(name for name in [*texts, *keywords] if isinstance(name, str))


def _called(node: ast.expr, function: str, local: Collection[str]) -> bool:
    if isinstance(node, ast.Attribute):  # probing.keep(...)
        return node.attr == function and isinstance(node.value, ast.Name) and node.value.id == "probing"
    return isinstance(node, ast.Name) and node.id in local
