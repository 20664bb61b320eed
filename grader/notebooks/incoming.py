"""A notebook that an author hands in, read in the reading process: what it is, and what is in it.

An exercise that went out of here names a file in the first line of each cell; nbgrader and Otter mark theirs
in ways of their own; whatever else begins with a heading is a lesson. Nothing of it is executed or compiled.
"""

from __future__ import annotations

import re
from typing import Any

from grader.exercise import trees
from grader.exercise.mistakes import ExerciseError
from grader.notebooks import drafting, from_nbgrader, from_otter, markdown
from grader.notebooks.taken import NoNotebookError, Taken, notebook

FILE = re.compile(
    r"exercise\.toml|task\.md|(?:starter|reference|probes|given)\.py|(?:mutants|equivalent)\.toml"
    r"|(?:alternatives|mutants)/[A-Za-z_][A-Za-z0-9_]{0,79}\.py"
)
"""The names that a cell may give its file."""
_NAMED = re.compile(r"(?:# file: (?P<code>\S+)|<!-- file: (?P<prose>\S+) -->)[ \t]*\n?")
KIND = {".py": "code", ".md": "markdown", ".toml": "raw"}


def mark(path: str) -> str:
    """The first line of the cell that holds a file."""
    return f"<!-- file: {path} -->" if path.endswith(".md") else f"# file: {path}"


def read(*, data: bytes, name: str) -> dict[str, Any]:
    """What is in a notebook: `files` of an exercise or the `lesson`; `notes` are [cell, line, sentence] of
    what is not there as it was; or the `problem` in one sentence. `system` is whose notebook it is."""
    notes: list[drafting.Note] = []
    try:
        found = notebook(data)
        del data
        if any(_NAMED.match(cell.source.lstrip()) for cell in found.cells):
            return {"system": "", "files": _files(found.cells), "notes": []}
        if from_nbgrader.is_one(found.cells):
            assignment = from_nbgrader.assignment(found.cells)
        elif from_otter.is_one(found):
            assignment = from_otter.assignment(found)
        else:
            return {"system": "", **_lesson(found.cells)}
        notes = assignment.notes
        files = drafting.files(assignment, name)
        return {"system": assignment.system, "files": files, "notes": _listed(assignment.notes)}
    except NoNotebookError as error:
        return {"problem": str(error), "notes": _listed(notes)}
    except trees.TooLargeError as error:
        return {"problem": f"its code cannot be read: {error}.", "notes": _listed(notes)}
    except SyntaxError as error:
        return {
            "problem": f"its code is not Python when it is put together: {error.msg}.",
            "notes": _listed(notes),
        }
    except ExerciseError as error:
        return {"problem": str(error), "notes": _listed(notes)}


def _listed(notes: list[drafting.Note]) -> list[list[object]]:
    return [[note.cell, note.line, note.sentence] for note in notes]


def _files(cells: tuple[Taken, ...]) -> dict[str, str]:
    """The files of an exercise. A cell that names none goes on with the one before, if it is of its kind."""
    parts: dict[str, list[str]] = {}
    last = ""
    for cell in cells:
        if not cell.source.strip():
            continue
        text = cell.source.lstrip("\n")
        named = _NAMED.match(text)
        if named is None:
            if not last or KIND[_ending(last)] != cell.kind:
                raise NoNotebookError(
                    f"{cell.where} names no file: let its first line be `# file: alternatives/its_name.py`, "
                    "or whatever file it is."
                )
            parts[last].append(text)
            continue
        last = named["code"] or named["prose"]
        if not FILE.fullmatch(last):
            raise NoNotebookError(f"{cell.where}, line 1: `{last[:100]}` is no file of an exercise.")
        if last in parts:
            raise NoNotebookError(f"{cell.where}, line 1: there is `{last}` already in an earlier cell.")
        parts[last] = [text[named.end() :]]
    return {path: _ended("\n\n".join(texts)) for path, texts in parts.items()}


def _ending(path: str) -> str:
    return "." + path.rpartition(".")[2]


def _ended(text: str) -> str:
    text = text.rstrip("\n")
    return f"{text}\n" if text else ""


def _lesson(cells: tuple[Taken, ...]) -> dict[str, Any]:
    notes = [drafting.Note(cell.number, 1, "raw text: left out.") for cell in cells if cell.kind == "raw"]
    kept = [markdown.Cell(cell.kind == "code", cell.source) for cell in cells if cell.kind != "raw"]
    text = markdown.text_of(kept)
    if not text.startswith("# "):
        raise NoNotebookError(
            "this is neither an exercise nor a lesson: a lesson begins with a cell `# Its title`, the cells "
            "of an exercise name their files, and nbgrader and Otter mark theirs."
        )
    return {"lesson": text, "notes": _listed(notes)}
