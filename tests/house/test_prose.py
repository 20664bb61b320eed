"""What learners read, in their order: no word that belittles, no sign before its introduction.

Whoever needs a new sign introduces it in a lesson and adds the sentence to SIGNS: that is the test's use.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from tests.house.repository import ROOT

COURSE = ROOT / "exercises"
READ = tuple(tomllib.loads((COURSE / "course.toml").read_text())["modules"])
"""The modules whose signs and refused names are held to their pages."""
BELITTLING = re.compile(r"\b(obviously|simply|just)\b", re.IGNORECASE)
"""What is obvious to the author is what the reader has stopped at."""

SCHOOL = set(
    re.findall(
        r"\\(?:[A-Za-z]+|.)",
        r"""\cdot \frac \tfrac \sqrt \pm \times \approx \ge \le \ne \sin \cos \pi \infty
        \dots \ldots \text \operatorname \, \; \: \! \quad \qquad \\ \{ \} \_ \hline \begin
        \end \left \right \bigl \bigr \Bigl \Bigr \lvert \rvert""",
    )
)
"""Signs that a reader knows from school, and those that only arrange a formula."""

SIGNS = {
    r"\sum": ("01-maths/numpy-first-aid", "a sum is written with a large Greek S"),
    "transpose": ("01-maths/numpy-first-aid", "In formulas it is written $A^T$"),
    r"\partial": ("01-maths/gradient", "a round d"),
    r"\log": ("01-maths/slope", r"and $\log$ the logarithm to that base"),
    "inverse": ("01-maths/matrix-product", "is called its **inverse**"),
    r"\Rightarrow": ("01-maths/broadcasting", r"\Rightarrow"),
    r"\to": ("01-maths/broadcasting", r"$(3,) \to (2, 3)$"),
    r"\lVert": ("01-maths/broadcasting", "the **norm** of $v$"),
    r"\rVert": ("01-maths/broadcasting", "the **norm** of $v$"),
    r"\eta": ("02-linear-models/gradient-descent", "written with the Greek letter"),
    r"\leftarrow": ("02-linear-models/gradient-descent", "gets this as its new value"),
    r"\max": ("02-linear-models/least-squares", "is the larger of the two"),
    r"\varepsilon": ("02-linear-models/least-squares", 'called $\\varepsilon$, "epsilon"'),
    r"\sigma": ("02-linear-models/logistic-and-softmax", 'is called "sigma"'),
    r"\Phi": ("03-mlp/bend-the-line", "a capital Greek letter"),
    r"\varphi": ("03-mlp/bend-the-line", "the same letter, small"),
    r"\tanh": ("03-mlp/bend-the-line", "**tanh** into that from"),
    r"\hat": ("05-regularisation/every-column-in-order", "The normalised numbers are written with a hat"),
    r"\beta": ("06-optimisers/adam", 'Greek letter $\\beta$, "beta"'),
    r"\lambda": ("06-optimisers/adam", 'the Greek letter "lambda"'),
    r"\alpha": ("12-gpt/counting-pairs", 'It is called $\\alpha$, "alpha"'),
    r"\tau": ("12-gpt/sampling", 'the Greek letter "tau"'),
    r"\mid": ("12-gpt/counting-pairs", 'a bar stands for "given"'),
    "[a = b]": ("02-linear-models/logistic-and-softmax", "it is 1 if what stands inside is true"),
}
"""Sign: the lesson that introduces it, and words from that place."""

WRITTEN_OUT = {
    "transpose": re.compile(r"[A-Za-z)]\^\{?T\}?(?![A-Za-z])"),
    "inverse": re.compile(r"[A-Z)]\^\{-1\}"),
    "[a = b]": re.compile(r"\[\w+ = \w+\]"),
}
"""Signs that have no command of their own."""


@cache
def pages() -> dict[str, str]:
    """Every lesson and, behind it, the tasks of its exercises, as one reads them: name to text."""
    found = {}
    for module in tomllib.loads((COURSE / "course.toml").read_text())["modules"]:
        for lesson in tomllib.loads((COURSE / module / "module.toml").read_text())["lessons"]:
            file = COURSE / module / lesson["file"]
            found[f"{module}/{file.stem}"] = file.read_text()
            for exercise in lesson["exercises"]:
                found[f"{module}/{exercise}"] = (COURSE / module / exercise / "task.md").read_text()
    return found


def prose(text: str) -> str:
    """Without fenced code and without code inside a line."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def signs(text: str) -> set[str]:
    """Every sign in the formulas of a text that school did not teach."""
    formulas = [
        display or inline
        for display, inline in re.findall(r"\$\$(.+?)\$\$|\$([^$]+?)\$", prose(text), re.DOTALL)
    ]
    bare = [re.sub(r"\\(text|texttt|operatorname)\{[^}]*\}", "", formula) for formula in formulas]
    commands = set(chain.from_iterable(re.findall(r"\\(?:[A-Za-z]+|.)", formula) for formula in bare))
    written = {
        name for name, pattern in WRITTEN_OUT.items() if any(pattern.search(formula) for formula in bare)
    }
    return (commands - SCHOOL) | written


def shown(described: dict[str, object]) -> Iterator[str]:
    """The texts of a TOML file that a page shows: titles, summaries, hints."""
    for value in described.values():
        if isinstance(value, dict):
            yield from shown(value)
        elif isinstance(value, str):
            yield value
        elif isinstance(value, list):
            for item in value:
                yield from shown(item if isinstance(item, dict) else {"": item})


def belittling(text: str) -> list[str]:
    return [line.strip()[:120] for line in prose(text).splitlines() if BELITTLING.search(line)]


@pytest.mark.parametrize("name", pages())
def test_nothing_is_obvious(name: str) -> None:
    assert belittling(pages()[name]) == []


@pytest.mark.parametrize(
    "file", sorted(COURSE.rglob("*.toml")), ids=lambda file: str(file.relative_to(COURSE))
)
def test_nothing_is_obvious_in_titles_and_hints(file: Path) -> None:
    assert [line for text in shown(tomllib.loads(file.read_text())) for line in belittling(text)] == []


@pytest.mark.parametrize("name", [name for name in pages() if name.startswith(READ)])
def test_signs_are_introduced_before_they_are_used(name: str) -> None:
    order = list(pages())
    unknown = {sign for sign in signs(pages()[name]) if sign not in SIGNS}
    assert unknown == set(), "introduce it in a lesson, and say where in SIGNS"
    early = {sign for sign in signs(pages()[name]) if order.index(SIGNS[sign][0]) > order.index(name)}
    assert early == set(), "used before the lesson that introduces it"


@pytest.mark.parametrize("sign", SIGNS)
def test_the_lesson_does_introduce_the_sign(sign: str) -> None:
    lesson, words = SIGNS[sign]
    assert words in pages()[lesson]


def test_the_reading_itself() -> None:
    """Guards the guard: what a learner would stumble over is found, and code is left alone."""
    assert belittling("It is Simply so.\n\n```python\njust = 1\n```\n\nadjust `just`") == ["It is Simply so."]
    assert signs(
        r"Now $\nabla f$, $\text{\sum}$ and `$\sum$`, and $A^T B^{-1}$, $x^{-1}$, $p_k - [k = y]$"
    ) == {
        r"\nabla",
        "transpose",
        "inverse",
        "[a = b]",
    }
    assert list(shown({"tasks": [{"hints": ["a", "b"]}], "title": "c", "minutes": 3})) == ["a", "b", "c"]


@pytest.mark.parametrize("name", [name for name in pages() if name.startswith(READ)])
def test_the_task_names_what_is_refused(name: str) -> None:
    """An answer must not be refused for a name that its page does not mention."""
    described = COURSE / name / "exercise.toml"
    if not described.exists():
        assert (COURSE / f"{name}.md").exists()
        return
    refused = tomllib.loads(described.read_text()).get("forbidden", {}).get("names", [])
    task = pages()[name]
    assert [
        said for said in (re.sub(r"^numpy\b", "np", known) for known in refused) if said not in task
    ] == []
