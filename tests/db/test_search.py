"""Lessons and exercises are found by what stands in them, by those who may open them."""

import html
import re
import time

import pytest
from django.test import Client

from grader.verdict import Word
from tests.conftest import SECRET_IN_REFERENCE, new_revision
from zero_to_gpt.catalog import passages
from zero_to_gpt.catalog.models import Course, Exercise, Lesson, Module, Passage
from zero_to_gpt.catalog.rendering import render_lesson, render_task
from zero_to_gpt.catalog.searching import (
    MOST_PAGES,
    MOST_QUESTION,
    PASSAGES_OF_A_PAGE,
    search,
)
from zero_to_gpt.cohorts.models import Authorship, Cohort, Membership

LESSON = """# Many numbers at once

Why a table has a shape, and how Élan helps.

## Shapes first

The sum over an axis of size $n$ is $$\\sum_i \\mathrm{softmax}(x)_i$$ as long as nothing is *forgotten*.

```python
total = x.sum(axis=0, keepdims=True)  # <b>not bold</b>
```

### Shapes again

A normal day.
"""


def written(module, slug="tables", source=LESSON, outputs=(), **fields):
    given = {
        "title": source.splitlines()[0][2:],
        "source": source,
        "source_digest": f"digest-{slug}-{hash(source)}",
        "html": render_lesson(source, outputs, figure_url=lambda digest: digest),
    }
    return Lesson.objects.create(module=module, slug=slug, **given | fields)


def titles(question, courses=None):
    courses = Course.objects.all() if courses is None else courses
    return [page.title for page in search(question, courses).pages]


def test_a_section_has_the_address_and_the_words_of_its_page(module):
    found = passages.sections(written(module).html)
    assert [(one.anchor, one.heading) for one in found] == [
        ("", ""),
        ("shapes-first", "Shapes first"),
        ("shapes-again", "Shapes again"),
    ]
    assert found[0].text == "Why a table has a shape, and how Élan helps."
    assert found[1].text == (
        "The sum over an axis of size n is … as long as nothing is forgotten. "
        "total = x.sum(axis=0, keepdims=True) # <b>not bold</b>"
    )
    assert found[1].formulas == ["n", "\\sum_i \\mathrm{softmax}(x)_i"]


def test_what_a_cell_printed_is_no_text_of_the_lesson(module):
    source = "# Cells\n\n```python\nprint(41 + 1)\n```\n\nAfterwards.\n"
    told = {"stdout": "forty-two\n", "text": "", "figures": [], "drawn": [], "error": ""}
    lesson = written(module, "cells", source, [told])
    assert "forty-two" in lesson.html
    text = " ".join(section.text for section in passages.sections(lesson.html))
    assert "print(41 + 1)" in text and "Afterwards." in text
    assert "forty-two" not in text


@pytest.mark.parametrize(
    ("question", "anchor"),
    [
        ("forgotten", "shapes-first"),
        ("KEEPDIMS", "shapes-first"),
        ("x.sum", "shapes-first"),
        ("axis=0", "shapes-first"),
        ("softmax", "shapes-first"),
        ("elan", ""),
        ("Élan", ""),
        ("what is the normal", "shapes-again"),
        ("day shapes", "shapes-again"),
        ("many forgotten", "shapes-first"),
    ],
)
def test_words_are_found_where_they_stand(module, question, anchor):
    lesson = written(module)
    assert passages.refresh() == 1
    (page,) = search(question, Course.objects.all()).pages
    assert page.pk == lesson.pk and not page.is_exercise
    assert page.passages[0].url == "/lessons/01-maths/tables/" + (f"#{anchor}" if anchor else "")


@pytest.mark.parametrize(
    "question", ["", "   ", "the zebra", "shapes zebra", "\x00", "%", "_", "@", "a" * 5000]
)
def test_what_stands_nowhere_is_not_found(module, question):
    written(module)
    passages.refresh()
    assert search(question, Course.objects.all()).pages == ()


def test_a_word_that_begins_one_comes_before_one_inside_of_one(module):
    written(module, "starts", "# First\n\nThe art of it.\n")
    written(module, "inside", "# Second\n\nTo start.\n")
    passages.refresh()
    assert titles("art") == ["First"]
    assert titles("tart") == ["Second"]


def test_the_page_named_so_comes_first(module, exercise):
    written(module, "talks", "# Other things\n\n" + "softmax " * 50)
    written(module, "named", "# One of many: softmax\n\nIt chooses.\n")
    passages.refresh()
    assert titles("softmax") == ["One of many: softmax", "Other things"]


def test_an_exercise_is_found_by_its_tasks_and_nothing_secret_is(exercise):
    revision = new_revision(
        exercise,
        "digest-2",
        title="A quotient",
        summary="Rise over run.",
        task_html=render_task("# A quotient\n\n## Task 1: Divide\n\nUse `keepdims`.\n"),
        tasks=[{"id": 1, "title": "Divide", "points": 3.0, "hints": ["Look left and right."]}],
    )
    passages.refresh()
    (page,) = search("keepdims", Course.objects.all()).pages
    assert page.is_exercise and page.title == revision.title
    assert page.passages[0].url == "/exercises/01-maths/01-slope-at/#task-1"
    assert titles("rise over run") == ["A quotient"]
    for hidden in (SECRET_IN_REFERENCE, "Look left", "..."):
        assert titles(hidden) == []


def test_only_what_changed_is_made_anew(module, exercise):
    lesson = written(module)
    assert passages.refresh() == 3
    before = set(Passage.objects.filter(exercise=exercise).values_list("pk", flat=True))
    assert passages.refresh() == 0
    Lesson.objects.filter(pk=lesson.pk).update(html="<p>Quite different.</p>", source_digest="new")
    assert passages.refresh() == 1
    assert titles("forgotten") == [] and titles("different") == [lesson.title]
    assert set(Passage.objects.filter(exercise=exercise).values_list("pk", flat=True)) == before


def test_what_is_hidden_is_not_found(module, lesson, exercise):
    table = written(module)
    passages.refresh()
    assert titles("slope") and titles("forgotten")
    Lesson.objects.filter(pk=table.pk).update(published=False)
    assert titles("forgotten") == []
    Exercise.objects.filter(pk=exercise.pk).update(published=False)
    assert [page.is_exercise for page in search("slope", Course.objects.all()).pages] == [False]
    Module.objects.filter(pk=module.pk).update(published=False)
    assert titles("slope") == []


@pytest.fixture
def private(bob):
    """A course that bob writes, with one lesson."""
    course = Course.objects.create(slug="bobs", title="Of Bob", shipped=False)
    Authorship.objects.create(course=course, user=bob)
    module = Module.objects.create(course=course, slug="bobs-module", title="Bob's")
    written(module, "bobs-lesson", "# Of zebras\n\nStripes.\n")
    passages.refresh()
    return course


def test_a_course_of_others_is_found_by_those_who_may_open_it(private, alice, bob, charlie, dora):
    def finds(user):
        client = Client()
        if user is not None:
            client.force_login(user)
        return "Of zebras" in client.get("/search/?q=stripes").content.decode()

    assert [finds(user) for user in (None, alice, bob, charlie, dora)] == [False, False, True, False, True]
    cohort = Cohort.objects.create(slug="bobs-cohort", name="Bob's", course=private)
    Membership.objects.create(cohort=cohort, user=charlie)
    assert finds(charlie) and not finds(alice)


def test_the_page_marks_words_and_escapes_everything(client, module):
    written(module, "evil", "# Of <i>tags</i>\n\nA `<script>alert(1)</script>` & a mark.\n")
    passages.refresh()
    page = client.get("/search/", {"q": "script <b>"}).content.decode()
    assert "<script>alert" not in page and "<b>" not in page.split("<main")[1]
    page = client.get("/search/", {"q": "alert"}).content.decode()
    excerpt = re.search(r'<span class="excerpt">(.*?)</span>', page)
    assert excerpt
    assert excerpt[1] == "A &lt;script&gt;<mark>alert</mark>(1)&lt;/script&gt; &amp; a mark."
    assert html.unescape(page).count("Of <i>tags</i>") == 1


def test_the_page_says_what_it_found_and_what_not(client, alice, module, exercise, graded):
    passages.refresh()
    assert "as they are written in code" in client.get("/search/").content.decode()
    nothing = client.get("/search/?q=zebra").content.decode()
    assert "Nothing was found for “zebra”" in nothing and "A page must hold every word" in nothing
    client.force_login(alice)
    assert ", passed" not in client.get("/search/?q=slope").content.decode()
    graded(alice, word=Word.PASSED)
    assert "Exercise, passed" in client.get("/search/?q=slope").content.decode()


def test_many_answers_are_cut(module):
    for number in range(MOST_PAGES + 5):
        source = f"# Lesson {number}\n\n" + "".join(f"## Part {n}\n\nzebra\n\n" for n in range(6))
        written(module, f"lesson-{number}", source)
    passages.refresh()
    answer = search("zebra", Course.objects.all())
    assert answer.total == MOST_PAGES + 5 and len(answer.pages) == MOST_PAGES
    assert {len(page.passages) for page in answer.pages} == {PASSAGES_OF_A_PAGE}
    assert {page.more for page in answer.pages} == {6 - PASSAGES_OF_A_PAGE}


def test_a_search_asks_little_whatever_it_finds(client, alice, module, django_assert_max_num_queries):
    for number in range(10):
        written(module, f"lesson-{number}", f"# Lesson {number}\n\nzebra\n")
    passages.refresh()
    client.force_login(alice)
    with django_assert_max_num_queries(10):
        client.get("/search/?q=zebra")


@pytest.mark.parametrize(
    "question", ["(" * MOST_QUESTION, "a." * 50, ".*" * 50, "aaaa " * 20, "x" * 99 + "!"]
)
def test_no_question_takes_long(module, question):
    written(module, "long", "# Long\n\n" + "a" * 10_000 + " " + "x" * 5_000 + " a.a.a.a " * 500)
    passages.refresh()
    began = time.thread_time()
    search(question, Course.objects.all())
    assert time.thread_time() - began < 0.5
