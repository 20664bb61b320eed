"""The process that reads authors' texts for pages: parsing an exercise, rendering Markdown and maths.

Nothing of it happens in the web server: a table of a thousand dots, a formula that defines itself or a list
nested ten thousand deep ends this process, whose memory and processor time are capped, and the author
reads a sentence. It imports no settings, knows no secret, and executes nothing authored.
Asked through bounded.py; imported by nobody.
"""

from __future__ import annotations

from typing import Any

from grader.exercise import folder, reader, trees
from grader.exercise.mistakes import ExerciseError
from grader.exercise.mutants import EDITS
from grader.notebooks import incoming
from grader.notebooks.markdown import cells_of
from grader.reading import child
from grader.templates import blanks
from zero_to_gpt.catalog import rendering

MEMORY = 512 * 1024 * 1024
"""Bytes of address space: the renderer and KaTeX take a quarter of it, a formula may take another."""
MOST_MISTAKES = 20
MOST_BLANKS = 100


def serve() -> None:
    """Answer until standard input closes."""
    reader.ask = _here  # what the grader asks its reading process for, this one does itself
    child.serve({"exercise": exercise, "lesson": lesson, "notebook": incoming.read}, memory=MEMORY)


def _here(what: str, *, seconds: int, **given: Any) -> Any:
    """One request of the grader's; the time is that of the whole text."""
    try:
        return child.OPERATIONS[what](**given)
    except trees.TooLargeError as error:
        raise reader.TooMuchError(str(error)) from None


def exercise(*, name: str, files: dict[str, str], others: dict[str, dict[str, str]]) -> dict[str, Any]:
    """What pages and `publish` need of an exercise, as far as it can be read.

    `mistakes` are [file, line or None, sentence], and so are `blanks`, the lines that are still to be
    written; without any mistake, `facts` holds the rest. `task_html` is there whenever task.md can be shown.
    """
    mistakes: list[tuple[str, int | None, str]] = []
    left = [(blank.file, blank.line, blank.sentence) for blank in blanks(files)]
    found: dict[str, Any] = {
        "mistakes": mistakes,
        "blanks": left[:MOST_BLANKS],
        "task_html": "",
        "facts": None,
    }
    if any(file == EDITS for file, _, _ in left):  # what they edit is not written yet
        files = {path: text for path, text in files.items() if path != EDITS}

    def note(error: ExerciseError) -> None:
        file = error.file.removeprefix(f"{name}/")
        entry = ("" if file == name else file, error.line, error.sentence)
        if entry not in mistakes and len(mistakes) < MOST_MISTAKES:
            mistakes.append(entry)

    loaded = None
    try:
        loaded = folder.from_files(name, files, others.get)
    except ExerciseError as error:
        note(error)
    if loaded is None:  # the gate's parser stops at the first mistake; an editor marks one in every file
        for path in sorted(files):
            if path.endswith(".py"):
                try:
                    trees.parse_python(files[path], f"{name}/{path}")
                except ExerciseError as error:
                    note(error)
    try:
        found["task_html"] = rendering.render_task(files.get("task.md", ""))
        shown = rendering.render_exercise(loaded) if loaded else None
    except rendering.RenderError as error:
        mistakes.append((_where(str(error), files), None, f"{error}."))
        shown = None
    if loaded is not None and shown is not None:
        found["facts"] = _facts(loaded, shown)
    return found


def _where(message: str, files: dict[str, str]) -> str:
    """The file of a formula that cannot be shown: hints stand in exercise.toml."""
    formula = message.partition("$")[2].rpartition("$ cannot")[0].removesuffix("…")
    return "task.md" if formula in files.get("task.md", "") else "exercise.toml"


def _facts(loaded: folder.Exercise, shown: dict[str, Any]) -> dict[str, Any]:
    return {
        "digest": loaded.digest,
        "grading_digest": loaded.grading_digest,
        "title": loaded.title,
        "summary": loaded.summary,
        "minutes": loaded.minutes,
        "profile": str(loaded.profile),
        "device": loaded.device,
        "requires": list(loaded.requires),
        "uses": loaded.built_on,
        "starter": loaded.starter,
        "given": loaded.given,
        "files": dict(loaded.files),
        "limits": vars(loaded.limits),
        "forbidden": list(loaded.forbidden.names),
        "tasks": shown["tasks"],
        "solution": shown["solution"],
        "probes": [
            {
                "name": probe.name,
                "title": probe.title,
                "task": probe.task,
                "points": probe.points,
                "visible": probe.visible,
                "open": probe.open,
                "veto": probe.veto,
            }
            for probe in loaded.probes
        ],
        "alternatives": [one.name for one in loaded.alternatives],
        "mutants": [one.name for one in loaded.mutants],
    }


def lesson(*, source: str, outputs: list[dict[str, Any]], figures: str) -> dict[str, Any]:
    """`title`, `html` and `code` (the cells) of a lesson; or `mistake`, a sentence.

    `figures` is the address of a picture with `DIGEST` in the place of its digest.
    """
    title = rendering.lesson_title(source)
    if title is None:
        return {"mistake": "A lesson begins with a line `# Its title`."}
    try:
        html = rendering.render_lesson(
            source, outputs, figure_url=lambda digest: figures.replace("DIGEST", digest)
        )
    except rendering.RenderError as error:
        return {"mistake": f"{error}.", "title": title}
    code = [cell.source for cell in cells_of(source) if cell.code]
    return {"title": title[:200], "html": html, "code": code}
