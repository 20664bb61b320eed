"""Authored text -> safe HTML, once, when it is published: prose, maths and highlighted code.

Everything authored passes nh3. Maths (KaTeX, run in an embedded interpreter without any access) and
pygments' code are ours: they are put in afterwards, in the place of random tokens.
"""

from __future__ import annotations

import functools
import hashlib
import html
import inspect
import json
import re
import secrets
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nh3
import pygments
import quickjs
from django.utils.html import json_script
from markdown_it import MarkdownIt
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from grader.exercise.folder import Exercise
from grader.notebooks.markdown import cells_of
from zero_to_gpt.variables import ROOT

KATEX = ROOT / "node_modules" / "katex" / "dist" / "katex.min.js"

_RENDER = """
var console = {warn: function () {}, error: function () {}};
function render(tex, display) {
  try { return JSON.stringify({html: katex.renderToString(tex, {displayMode: display, strict: false})}); }
  catch (error) { return JSON.stringify({error: error ? String(error.message) : "it is too large"}); }
}
"""

_MATHS_MEMORY = 128 * 1024 * 1024
_MATHS_SECONDS = 10
"""Of processor time, for one formula: KaTeX takes a thousandth of it for a long one."""

_FORMULA_SHOWN = 160

_ATTRIBUTES = {
    tag: set(names)
    for tag, names in {
        "a": ["href", "title"],
        "img": ["src", "alt", "title", "width", "height"],
        "ol": ["start"],
        "div": ["class"],
        "p": ["class"],
        "span": ["class"],
        "code": ["class"],
        "th": ["align"],
        "td": ["align"],
        **{f"h{level}": ["id"] for level in range(1, 7)},
    }.items()
}


# Markdown has no table without a head; an empty one would be read out as "blank, blank".
_HEADLESS = re.compile(r"<thead>\s*<tr>(?:\s*<th[^>]*>\s*</th>)+\s*</tr>\s*</thead>")


class RenderError(ValueError):
    """Something authored cannot be shown; the message says what, for the author."""


@functools.cache
def renderer_digest() -> str:
    """Changes when the same text could come out differently: then it is rendered again on import."""
    parts = [Path(__file__).read_bytes(), KATEX.read_bytes(), pygments.__version__.encode()]
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


_local = threading.local()


def render_math(tex: str, *, display: bool) -> str:
    """KaTeX's HTML and MathML. A formula that cannot be read is a RenderError with KaTeX's words."""
    if not hasattr(_local, "context"):  # an interpreter belongs to the thread that made it
        try:
            program = KATEX.read_text()
        except FileNotFoundError:
            raise RenderError(f"{KATEX.relative_to(ROOT)} is missing: run `./run assets` first") from None
        _local.context = quickjs.Context()
        _local.context.set_memory_limit(_MATHS_MEMORY)
        _local.context.eval(program)
        _local.context.eval(_RENDER)
        _local.context.set_time_limit(_MATHS_SECONDS)
    try:
        answer = json.loads(_local.context.eval(f"render({json.dumps(tex)}, {json.dumps(display)})"))
    except quickjs.JSException as error:  # its time or its memory came to an end
        del _local.context
        answer = {"error": str(error).splitlines()[0]}
    if "error" in answer:
        shown = tex.strip() if len(tex.strip()) <= _FORMULA_SHOWN else tex.strip()[:_FORMULA_SHOWN] + "…"
        raise RenderError(f"the formula ${shown}$ cannot be read: {answer['error'][:400]}")
    return str(answer["html"])


def highlight(code: str, language: str = "python") -> str:
    """Code as <div class="highlight"><pre>...; an unknown language is shown plain."""
    try:
        lexer = get_lexer_by_name(language or "text")
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    formatter: HtmlFormatter[str] = HtmlFormatter(cssclass="highlight", wrapcode=True)
    shown: str = pygments.highlight(code, lexer, formatter)
    return shown.replace("<pre>", '<pre tabindex="0">', 1)


def _slug(title: str) -> str:
    """`Task 2: ...` gets the address `task-2`, whatever it is called; other headings their words."""
    task = re.match(r"Task (\d+)\b", title)
    if task:
        return f"task-{task[1]}"
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "section"


class _Trusted:
    """Hands out tokens for HTML of ours that must survive sanitising, and puts it back."""

    def __init__(self) -> None:
        self._nonce = secrets.token_hex(16)
        self._kept: list[str] = []

    def keep(self, trusted: str) -> str:
        self._kept.append(trusted)
        return f"Z{self._nonce}x{len(self._kept) - 1}Z"

    def put_back(self, sanitised: str) -> str:
        return re.sub(f"Z{self._nonce}x([0-9]+)Z", lambda token: self._kept[int(token[1])], sanitised)


def _parser(trusted: _Trusted) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").enable("strikethrough")

    def maths(tex: str, options: dict[str, Any]) -> str:
        return trusted.keep(render_math(tex, display=bool(options["display_mode"])))

    def fence(self: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
        token = tokens[index]
        language = token.info.split()[0] if token.info.split() else ""
        return f"<div>{trusted.keep(highlight(token.content, language))}</div>\n"

    dollarmath_plugin(parser, renderer=maths, double_inline=True)
    anchors_plugin(parser, max_level=3, slug_func=_slug)
    admon_plugin(parser)
    parser.add_render_rule("fence", fence)
    return parser


def render_markdown(text: str) -> str:
    """Markdown with $maths$ as safe HTML. Raises RenderError."""
    trusted = _Trusted()
    return _sanitised(_parser(trusted).render(text), trusted)


def render_inline(text: str) -> str:
    """One line of Markdown without a paragraph around it: hints, summaries."""
    trusted = _Trusted()
    return _sanitised(_parser(trusted).renderInline(text), trusted)


_DOCSTRING = re.compile(r"\s*[rR]?(\"{3}|'{3})(.*?)\1[ \t]*(?:\n\s*|\Z)", re.DOTALL)


def render_solution(
    *,
    reference: str,
    alternatives: Sequence[tuple[str, str]],
    mistakes: Sequence[tuple[tuple[int, ...], str]],
) -> dict[str, Any]:
    """The reference with its notes, accepted answers in other styles as (docstring, source), and known
    mistakes as (tasks, sentence); a mistake of no task is refused before it runs.

    Code is highlighted; notes and sentences stay plain text with `names` in backticks, as Python's
    docstrings are. A sentence that stands more than once is told once: several mutants may be one mistake.
    """
    told: dict[str, list[int]] = {}
    for tasks, text in mistakes:
        known = told.setdefault(" ".join(text.split()), [])
        known.extend(task for task in tasks if task not in known)
    return {
        "reference": _styled(reference),
        "alternatives": [_styled(source, docstring) for docstring, source in alternatives],
        "mistakes": [{"text": text, "tasks": sorted(tasks)} for text, tasks in told.items()],
    }


def _styled(source: str, docstring: str = "") -> dict[str, str]:
    """A solution as notes and code: its first docstring stands above the code."""
    found = _DOCSTRING.match(source)
    notes = docstring or (found[2] if found else "")
    code = source[found.end() :] if found else source
    return {"notes": inspect.cleandoc(notes), "code": highlight(code.strip("\n") + "\n")}


def _sanitised(unsafe: str, trusted: _Trusted) -> str:
    clean = nh3.clean(
        unsafe,
        tags=nh3.ALLOWED_TAGS - {"style", "map", "area"},
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return trusted.put_back(_HEADLESS.sub("", clean))


def render_cell(code: str, output: dict[str, Any], *, figure_url: Callable[[str], str]) -> str:
    """A code cell and what it left behind: {"stdout", "text", "figures": [{digest, ...}], "error",
    "drawn": [[kind, data], ...]}. A figure with a `dark` digest has a second picture for dark pages.
    """
    shown = []
    for key, css in (("stdout", "nb-text"), ("text", "nb-text"), ("error", "nb-error")):
        if output.get(key):
            shown.append(f'<pre class="{css}" tabindex="0">{html.escape(output[key])}</pre>')
    for index, figure in enumerate(output.get("figures", ()), start=1):
        themed = [("", figure["digest"])]
        if figure.get("dark"):
            themed = [(" on-light", figure["digest"]), (" on-dark", figure["dark"])]
        for css, digest in themed:
            shown.append(
                f'<img class="nb-figure{css}" src="{html.escape(figure_url(digest))}" loading="lazy"'
                f' width="{int(figure["width"])}" height="{int(figure["height"])}"'
                f' alt="Figure {index} drawn by the code above">'
            )
    if output.get("drawn"):
        shown.append(f'<div class="drawn" data-drawn hidden>{json_script(output["drawn"])}</div>')
    below = f'<div class="nb-output">{"".join(shown)}</div>' if shown else ""
    return f'<div class="nb-cell">{highlight(code)}{below}</div>'


def render_exercise(loaded: Exercise) -> dict[str, Any]:
    """What pages show of an exercise: `task_html`, `tasks` with points and rendered hints, `solution`."""
    tasks = [
        {
            "id": task.id,
            "title": task.title,
            "points": sum(probe.points for probe in loaded.probes if probe.task == task.id),
            "hints": [render_inline(hint) for hint in task.hints],
        }
        for task in loaded.tasks
    ]
    solution = render_solution(
        reference=loaded.reference,
        alternatives=[(each.description, each.source) for each in loaded.alternatives],
        mistakes=[(each.tasks, each.explanation) for each in loaded.mutants],
    )
    return {"task_html": render_task(loaded.task_md), "tasks": tasks, "solution": solution}


def render_task(text: str) -> str:
    """A task's text without its first heading: the page shows the exercise's title as its own h1."""
    first, _, rest = text.lstrip("\n").partition("\n")
    return render_markdown(rest if first.startswith("# ") else text)


def lesson_title(source: str) -> str | None:
    """The notebook's first heading, which pages show as their own h1."""
    return next((line[2:].strip() for line in source.splitlines() if line.startswith("# ")), None)


def render_lesson(source: str, outputs: Sequence[dict[str, Any]], *, figure_url: Callable[[str], str]) -> str:
    """The lesson without its title: prose, code, and under each code cell what it showed (if executed)."""
    parts: list[str] = []
    results = iter(outputs)
    titled = False
    for cell in cells_of(source):
        if cell.code:
            parts.append(render_cell(cell.source, next(results, {}), figure_url=figure_url))
            continue
        text = cell.source
        if not titled:
            before, _, rest = ("\n" + text).partition("\n# ")
            titled = True
            text = before + "\n" + rest.partition("\n")[2]
        parts.append(render_markdown(text))
    return "\n".join(parts)
