"""What can be searched: each section of a published lesson, each exercise and its tasks, as plain text.

Made of the rendered HTML, so that a section's address is the one its page has. What a cell printed and drew
is left out; of a formula its TeX can be found, and a short one is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

from django.db import transaction

from zero_to_gpt.catalog.models import Exercise, Lesson, Passage

MADE_BY = "1"
"""Raised when the same text would come out differently: then all passages are made anew."""
MOST_TEXT = 20_000
"""Characters of one section."""
_SHORT_FORMULA = 24
_MATHS = re.compile(r"<math\b.*?</math>", re.DOTALL)
_TEX = re.compile(r'<annotation encoding="application/x-tex">(.*?)</annotation>', re.DOTALL)
_GLYPHS = '<span class="katex-html"'
_SPAN = re.compile(r"<(/?)span\b")
_BLOCKS = {"p", "li", "pre", "div", "td", "th", "tr", "br", "h1", "h2", "h3", "h4", "blockquote"}


@dataclass
class Section:
    """A part of a page: its address there, its heading, what it says, and the formulas in it as TeX."""

    anchor: str = ""
    heading: str = ""
    text: str = ""
    formulas: list[str] = field(default_factory=list)


def folded(text: str) -> str:
    """How texts and questions are compared: lower case, without accents, numbers and letters of one form."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def sections(html: str) -> list[Section]:
    """The sections of a page that `rendering` made; the first is what stands before any heading."""
    reader = _Reader()
    reader.feed(_without_glyphs(html))
    reader.close()
    return reader.found()


def refresh() -> int:
    """Make the passages of all that is published and changed since; of how many pages."""
    known: set[tuple[int | None, int | None, str]] = set(
        Passage.objects.filter(position=0).values_list("lesson_id", "exercise_id", "digest")
    )
    made = 0
    lessons = Lesson.objects.filter(published=True, module__published=True)
    for pk, digest in lessons.order_by("pk").values_list("pk", "source_digest"):
        if (pk, None, _stamp(digest)) not in known:
            made += _lesson(pk)
    exercises = Exercise.objects.filter(published=True, module__published=True, current__isnull=False)
    for pk, digest in exercises.order_by("pk").values_list("pk", "current__digest"):
        if (None, pk, _stamp(digest or "")) not in known:
            made += _exercise(pk)
    return made


def _stamp(digest: str) -> str:
    return f"{MADE_BY}-{digest}"[:70]


def _lesson(pk: int) -> bool:
    with transaction.atomic():
        lesson = Lesson.objects.select_for_update().filter(pk=pk).order_by("pk").first()
        if lesson is None:
            return False
        Passage.objects.filter(lesson=lesson).delete()
        own = (
            _passage(section, lesson.title, at, lesson.source_digest)
            for at, section in enumerate(sections(lesson.html))
        )
        Passage.objects.bulk_create(_of(own, lesson=lesson))
    return True


def _exercise(pk: int) -> bool:
    with transaction.atomic():
        held = Exercise.objects.select_for_update().filter(pk=pk, current__isnull=False)
        exercise: Exercise | None = held.order_by("pk").first()
        if exercise is None or exercise.current is None:
            return False
        Passage.objects.filter(exercise=exercise).delete()
        revision = exercise.current
        found = sections(revision.task_html)
        found[0].text = f"{revision.summary} {found[0].text}".strip()
        own = (_passage(section, revision.title, at, revision.digest) for at, section in enumerate(found))
        Passage.objects.bulk_create(_of(own, exercise=exercise))
    return True


def _of(
    passages: Iterator[Passage], *, lesson: Lesson | None = None, exercise: Exercise | None = None
) -> Iterator[Passage]:
    for passage in passages:
        passage.lesson, passage.exercise = lesson, exercise
        yield passage


def _passage(section: Section, title: str, position: int, digest: str) -> Passage:
    text = section.text[:MOST_TEXT]
    tex = " ".join(section.formulas)[:MOST_TEXT]
    return Passage(
        position=position,
        anchor=section.anchor[:200],
        title=title,
        heading=section.heading[:200],
        text=text,
        folded=folded(f"{title}\n{section.heading}\n{text}\n{tex}"),
        digest=_stamp(digest),
    )


def _without_glyphs(html: str) -> str:
    """Without the spans in which KaTeX places every sign of a formula: they are most of a page."""
    kept: list[str] = []
    at = 0
    while (begin := html.find(_GLYPHS, at)) >= 0:
        kept.append(html[at:begin])
        depth = 0
        at = len(html)
        for tag in _SPAN.finditer(html, begin):
            depth += -1 if tag[1] else 1
            if depth == 0:
                at = html.find(">", tag.end()) + 1 or len(html)
                break
    return _MATHS.sub(_formula, "".join([*kept, html[at:]]))


def _formula(maths: re.Match[str]) -> str:
    tex = _TEX.search(maths[0])
    return f'<math title="{tex[1].replace(chr(34), "&quot;")}"></math>' if tex else ""


class _Reader(HTMLParser):
    """Gathers text by heading."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._sections = [Section()]
        self._parts: list[str] = []
        self._heading = ""
        self._skipped = 0  # how deep in what is not to be read

    def found(self) -> list[Section]:
        self._end_section()
        return self._sections

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._skipped:
            self._skipped += tag == "div"
        elif tag == "div" and given.get("class") == "nb-output":
            self._skipped = 1
        elif tag in ("h1", "h2", "h3"):
            self._end_section()
            self._sections.append(Section(anchor=given.get("id") or ""))
            self._heading = tag
        elif tag == "math":
            self._tell_formula(unescape(given.get("title") or ""))
        elif tag in _BLOCKS:
            self._parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= tag == "div"
        elif tag == self._heading:
            self._sections[-1].heading = self._told()
            self._heading = ""
        elif tag in _BLOCKS:
            self._parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._parts.append(data)

    def _tell_formula(self, tex: str) -> None:
        tex = " ".join(tex.split())
        self._sections[-1].formulas.append(tex)
        self._parts.append(tex if len(tex) <= _SHORT_FORMULA and "\\" not in tex else "…")

    def _told(self) -> str:
        parts, self._parts = self._parts, []
        return " ".join("".join(parts).split())

    def _end_section(self) -> None:
        if self._heading:  # one that was never closed
            self.handle_endtag(self._heading)
        else:
            self._sections[-1].text = self._told()
