"""The five beginnings of an exercise, and the blanks that are left in one.

A template is a folder beside this file, an exercise in which some lines hold the word FILL: what stands
there is to be replaced, and what follows `FILL:` says by what. Everything else of it is kept, and a test
fills the blanks and lets the gate prove what comes out. A draft that was made of a foreign notebook is
marked the same way. `grader verify` and the editor refuse a folder with blanks, line by line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
_BLANK = re.compile(r"\bFILL\b:?\s*(.*)")
_NUMBER = re.compile(r"\A\d+[-_]")
FUNCTION, CLASS, TITLE = "the_name", "TheName", "The title"
"""What a template calls its function, its class and itself."""
TEMPLATES: Mapping[str, str] = {
    "function": "A function of numbers and arrays",
    "gradient": "A forward pass and its backward pass",
    "module": "A PyTorch module",
    "training": "A training loop in PyTorch",
    "text": "A function of text",
}
"""The templates, each with what a page calls it."""
ORDER = (
    "task.md",
    "starter.py",
    "reference.py",
    "probes.py",
    "mutants.toml",
    "exercise.toml",
    "given.py",
    "equivalent.toml",
)
"""The order in which an author meets the files; those in folders come after them."""
ABOUT: Mapping[str, str] = {
    "task.md": "What the learner reads. Each task has a heading `## Task 1: ...`.",
    "starter.py": "What stands in the learner's editor at first: names and parameters, and no answer.",
    "reference.py": "Your answer. What it returns is right; its docstrings are read by who has passed.",
    "probes.py": "What is asked: inputs, and the right answer by another way.",
    "mutants.toml": "Wrong answers as edits of reference.py. Each must fail; `tell` is what a learner reads.",
    "exercise.toml": "Title, summary, limits, what is forbidden, and each task with its hints.",
    "given.py": "Code that runs before the learner's, and that everyone may read.",
    "equivalent.toml": "Automatic changes of reference.py that change no answer, each with the reason.",
    "alternatives/": "Another right answer, built differently; it must pass. Its docstring says how.",
    "mutants/": "A wrong answer, built differently. Its docstring: `task: 1`, then what a learner reads.",
}
"""One line about each file, by its name or its folder."""
_STARTER = "{starter.py}"
BEGINNINGS: Mapping[str, str] = {
    "alternatives/": f'"""FILL: how this right answer differs from the reference"""\n\n{_STARTER}',
    "mutants/": f'"""task: 1\n\nFILL: to the learner: what is wrong, and why it matters\n"""\n\n{_STARTER}',
    "mutants.toml": """[[mutant]]
name = "mistake"  # FILL: a word for it, as in divides_by_n
tasks = [1]
tell = "FILL: one to three sentences to the learner: what is wrong, and why it matters"
replace = "FILL: what stands exactly once in reference.py"
with = "FILL: the slip"
""",
    "equivalent.toml": """# Automatic changes of reference.py after which every right answer is still right.
[[equivalent]]
mutation = "FILL: its name, as the validation shows it"
reason = "FILL: why nobody can notice it"
""",
}
"""What a file begins with that is added to an exercise, by its name or its folder; `{starter.py}` stands for
what the learner begins with."""


@dataclass(frozen=True)
class Blank:
    """A line that its author has to write. `wanted` says what belongs there."""

    file: str
    line: int
    wanted: str

    @property
    def sentence(self) -> str:
        return f"to be written: {self.wanted}"


class TemplateError(ValueError):
    """There is no such template, or no exercise can have such a name; one sentence."""


def new(like: str, name: str) -> dict[str, str]:
    """The files of a new exercise by path. `name` is that of its folder: `09-running-mean` gives the
    function `running_mean`, the class `RunningMean` and the title "Running mean". Raises TemplateError."""
    if like not in TEMPLATES:
        raise TemplateError(f'there is no template "{like}": take one of {", ".join(TEMPLATES)}.')
    words = re.findall(r"[a-z0-9]+", _NUMBER.sub("", name).lower())
    if not words or not words[0][0].isalpha():
        raise TemplateError(f'"{name[:80]}" gives no name for a function: write it as 09-running-mean.')
    names = {
        FUNCTION: "_".join(words),
        CLASS: "".join(word.capitalize() for word in words),
        TITLE: " ".join(words).capitalize(),
    }
    folder = _HERE / like
    made = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_dir() or "__pycache__" in relative.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for word, meant in names.items():
            text = text.replace(word, meant)
        made[relative.as_posix()] = text
    return made


def place(path: str) -> tuple[int, str]:
    """Sorts the files of an exercise into the order in which an author meets them."""
    return (ORDER.index(path) if path in ORDER else len(ORDER), path)


def blanks(files: Mapping[str, str]) -> list[Blank]:
    """Every blank in the texts of an exercise, in the order in which files are met, and of lines."""
    found = []
    for file in sorted(files, key=place):
        for number, line in enumerate(files[file].split("\n"), 1):
            blank = _BLANK.search(line)
            if blank is not None:
                found.append(Blank(file, number, f"{_bare(blank[1]) or 'what the line before it says'}."))
    return found


def _bare(wanted: str) -> str:
    """Without the quotes and the comma that belong to the line and not to the sentence."""
    wanted = wanted.rstrip().rstrip(",").removesuffix('"""')
    return wanted.removesuffix('"') if wanted.count('"') % 2 else wanted
