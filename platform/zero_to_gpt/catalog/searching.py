"""Searching what can be read: every word of the question must begin a word of the passage, or else be in it.

Found are pages, best first, each with its best passages. The database narrows down, here it is weighed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from zero_to_gpt.catalog.models import Course, Exercise, Passage
from zero_to_gpt.catalog.passages import folded

MOST_QUESTION = 100
MOST_WORDS = 8
MOST_WEIGHED = 400
"""Passages that are read for one question: every one of a course holds "the"."""
MOST_PAGES = 30
PASSAGES_OF_A_PAGE = 3
_EXCERPT = 220
_BEFORE = 70
_WORD = re.compile(r"[^\W_]+(?:[_.'-][^\W_]+)*|[^\w\s\x00-\x1f\x7f]+")
_COMMON = frozenset(
    _WORD.findall(
        "a an and are as at be by can do does for from has have how i in is it its me my not of on or so "
        "that the their then there this to use was we what when where which who why will with you your"
    )
)
"""Words that are looked for only where a question has no other."""
_TITLE, _HEADING, _PHRASE, _FIRST = 30, 12, 10, 4
"""What it counts that a word is in the title or in a heading, that all words follow each other, that the
passage is the first of its page."""
_BEGINS, _INSIDE = 0.5, 0.2
"""How much of that counts where it only begins a word, or stands inside of one."""
_OFTEN = 6
"""So many times in one text count, and no more."""


@dataclass(frozen=True)
class Found:
    """A passage that answers: where it is, its heading and an excerpt with the words marked."""

    url: str
    heading: str
    excerpt: SafeString


@dataclass(frozen=True)
class Page:
    """A lesson or an exercise with the passages that answer best."""

    is_exercise: bool
    pk: int
    url: str
    title: str
    module: str
    passages: tuple[Found, ...]
    more: int


@dataclass(frozen=True)
class Answer:
    """The pages that answer a question. `words`: those that were looked for; `pages` of `total`."""

    words: tuple[str, ...]
    pages: tuple[Page, ...]
    total: int


def search(question: str, courses: QuerySet[Course]) -> Answer:
    """The published pages of these courses that answer a question, best first."""
    words = _words(question)
    if not words:
        return Answer((), (), 0)
    rows = list(_holding(words, courses)[:MOST_WEIGHED])
    begins = [re.compile(r"(?<!\w)" + re.escape(word)) for word in words]
    begun = [row for row in rows if all(each.search(row.folded) for each in begins)]
    weighed = sorted(((_weight(row, words), row) for row in begun or rows), key=lambda one: -one[0])
    pages: dict[tuple[int | None, int | None], list[tuple[float, Passage]]] = {}
    for weight, row in weighed:
        pages.setdefault((row.lesson_id, row.exercise_id), []).append((weight, row))
    shown = [_page([row for _, row in each], words) for each in list(pages.values())[:MOST_PAGES]]
    return Answer(words, tuple(shown), len(pages))


def _words(question: str) -> tuple[str, ...]:
    found = dict.fromkeys(_WORD.findall(folded(question[:MOST_QUESTION])))
    telling = [word for word in found if word not in _COMMON]
    return tuple(telling or found)[:MOST_WORDS]


def _holding(words: Iterable[str], courses: QuerySet[Course]) -> QuerySet[Passage]:
    here = Q(lesson__published=True, lesson__module__published=True, lesson__module__course__in=courses)
    exercises = Exercise.objects.published().filter(module__course__in=courses).order_by()
    held = Passage.objects.filter(here | Q(exercise__in=exercises.values("pk")))
    for word in words:
        held = held.filter(folded__contains=word)
    return held.select_related("lesson__module", "exercise__module").only(
        "position", "anchor", "title", "heading", "text", "folded",
        "lesson__slug", "lesson__module__slug", "lesson__module__title",
        "exercise__slug", "exercise__module__slug", "exercise__module__title",
    ).order_by("pk")  # fmt: skip


def _weight(row: Passage, words: tuple[str, ...]) -> float:
    title, heading = folded(row.title), folded(row.heading)
    weight = float(_FIRST * (row.position == 0))
    for word in words:
        weight += _TITLE * _fit(word, title) + _HEADING * _fit(word, heading)
        weight += min(_OFTEN, len(_whole(word).findall(row.folded))) + _fit(word, row.folded)
    if len(words) > 1 and " ".join(words) in row.folded:
        weight += _PHRASE
    return weight


def _fit(word: str, text: str) -> float:
    """How well a word stands in a text: 1 whole, less where it begins a word or is inside of one, else 0."""
    if word not in text:
        return 0.0
    if _whole(word).search(text):
        return 1.0
    return _BEGINS if re.search(rf"(?<!\w){re.escape(word)}", text) else _INSIDE


def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")


def _page(rows: list[Passage], words: tuple[str, ...]) -> Page:
    first = rows[0]
    place = first.exercise or first.lesson
    if place is None:
        raise TypeError("a passage belongs to a page")  # the database's own rule
    kind = "exercise" if first.exercise else "lesson"
    url = reverse(kind, args=[place.module.slug, place.slug])
    found = tuple(
        Found(f"{url}#{row.anchor}" if row.anchor else url, row.heading, _excerpt(row.text, words))
        for row in rows[:PASSAGES_OF_A_PAGE]
    )
    more = len(rows) - len(found)
    return Page(kind == "exercise", place.pk, url, first.title, place.module.title, found, more)


def _excerpt(text: str, words: tuple[str, ...]) -> SafeString:
    """The text around the first of the words, with all of them marked."""
    same = _by_sign(text)
    first = min((at for word in words if (at := same.find(word)) >= 0), default=0)
    begin = max(0, first - _BEFORE)
    begin = text.rfind(" ", 0, begin + 1) + 1 if begin else 0
    end = begin + _EXCERPT
    end = len(text) if end >= len(text) else max(text.rfind(" ", 0, end), first + 1)
    marks = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
    parts: list[tuple[SafeString | str]] = []
    at = begin
    for mark in marks.finditer(same, begin, end):
        marked = format_html("<mark>{}</mark>", text[mark.start() : mark.end()])
        parts += [(text[at : mark.start()],), (marked,)]
        at = mark.end()
    parts.append((text[at:end],))
    return format_html(
        "{}{}{}", "… " if begin else "", format_html_join("", "{}", parts), " …" if end < len(text) else ""
    )


def _by_sign(text: str) -> str:
    """The text folded so that every sign keeps its place: what becomes several signs stays as it is."""
    return "".join(one if len(one := folded(sign)) == 1 else sign for sign in text)
