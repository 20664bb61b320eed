"""The hostile submissions: one small file each, whose docstring says what it tries and what must happen.

`Must:` names the verdicts that are right for it. `passed` stands where a submission tries a wall and
solves the task only if the wall held. `python -m tests.boxes.hostile.submissions` writes the table of
docs/hostile-submissions.md.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from grader.verdict import Word

HERE = Path(__file__).parent
TABLE = HERE.parents[2] / "docs" / "hostile-submissions.md"
HEAD = """# Hostile submissions

Each of these is graded for real, by the whole grader, in the `docker` and the `bubblewrap` sandbox, by
`tests/boxes/hostile`. After each one the next submission is graded and must pass in its usual time, our
own process must not have grown, and no trace of the reference, of a hidden input or of another box may be
in what a learner is shown. One for each wall is graded in the `container` and the `bubblewrap-single`
sandbox too. `passed` stands where a submission tries a wall and solves its task only if
that wall held.

| submission | what it tries | verdict |
|---|---|---|
"""


@dataclass(frozen=True)
class Submission:
    name: str
    tries: str
    must: frozenset[Word]
    source: str


def load(path: Path) -> Submission:
    source = path.read_text()
    text = ast.get_docstring(ast.parse(source)) or ""
    tries, _, must = text.partition("\n\nMust: ")
    words = frozenset(Word(word.strip()) for word in must.split(","))
    return Submission(path.stem, " ".join(tries.split()), words, source)


def every() -> list[Submission]:
    return [load(path) for path in sorted((HERE / "submissions").glob("*.py"))]


def table() -> str:
    rows = [
        f"| `{each.name}` | {each.tries} | {', '.join(sorted(word.value for word in each.must))} |"
        for each in every()
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table())
