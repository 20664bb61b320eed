"""What comes to an author's desk from elsewhere: templates with blanks, notebooks of ours and of others."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from grader import templates
from tests.db.test_authoring import address, posted
from zero_to_gpt.authoring import drafts
from zero_to_gpt.authoring.models import Proof
from zero_to_gpt.catalog.models import Exercise, Lesson

pytestmark = pytest.mark.django_db

# ---- templates ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("like", list(templates.TEMPLATES))
def test_a_new_exercise_begins_with_a_template_whose_blanks_are_named(client, written, bob, like):
    lesson = Lesson.objects.get(module__course=written)
    client.force_login(bob)
    page = client.get(f"/authoring/courses/{written.slug}/").content.decode()
    assert f'<option value="{like}">{templates.TEMPLATES[like]}</option>' in page
    fields = {"action": "add_exercise", "thing": lesson.pk, "title": "Running mean", "template": like}
    answer = client.post(f"/authoring/courses/{written.slug}/change/", fields, follow=True)
    place = Exercise.objects.get(module__course=written)
    files = drafts.draft_of(place).files
    assert files == templates.new(like, "running-mean")
    left = templates.blanks(files)
    page = answer.content.decode()
    assert f"<summary>{len(left)} lines to write</summary>" in page
    assert "Running mean</h2>" in page  # what can be shown of it already
    read = posted(client, place, "read/", files).json()
    assert [mark[:2] for mark in read["mistakes"]] == [[blank.file, blank.line] for blank in left]
    refused = client.post(address(place, "validate/"))
    assert refused.status_code == 400
    first = left[0]
    assert (
        f"{len(left)} lines are not written yet. {first.file}, line {first.line}: to be written: "
        in (refused.json()["error"])
    )
    assert not Proof.objects.exists()


def test_a_name_that_gives_no_function_begins_nothing(client, written, bob):
    lesson = Lesson.objects.get(module__course=written)
    client.force_login(bob)
    for fields in ({"title": "07", "template": "text"}, {"title": "good", "template": "poem"}):
        client.post(
            f"/authoring/courses/{written.slug}/change/",
            {"action": "add_exercise", "thing": lesson.pk} | fields,
        )
    assert not Exercise.objects.filter(module__course=written).exists()


# ---- notebooks -------------------------------------------------------------------------------------------

FOREIGN = Path(__file__).parents[1] / "unit" / "foreign"


def sent(client, url, field, name, data):
    answer = client.post(url, {field: SimpleUploadedFile(name, data)}, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_an_exercise_goes_out_as_a_notebook_and_comes_back_the_same(client, place, bob):
    client.force_login(bob)
    before = drafts.draft_of(place).files
    out = client.get(address(place, "notebook/"))
    assert out["Content-Type"] == "application/x-ipynb+json"
    assert sent(client, address(place, "zip/"), "zip", "mine.ipynb", out.content) == [
        f"{len(before)} files are in the draft now."
    ]
    assert drafts.draft_of(place).files == before
    assert client.get(address(place, "notebook/")).content == out.content


def test_an_assignment_of_another_system_becomes_a_draft_and_what_is_not_in_it_is_told(client, place, bob):
    client.force_login(bob)
    data = (FOREIGN / "nbgrader-0.9.6" / "problem1.ipynb").read_bytes()
    done, told = sent(client, address(place, "zip/"), "zip", "problem1.ipynb", data)
    assert done == "8 files are in the draft now."
    assert told.startswith("Not as it was (13):\ncell 1, line 3: it shows `jupyter.png`")
    assert "cell 17, line 1: `sum_of_squares_application` (worth 2) is graded by hand" in told
    assert "FILL: draw these from rng" in drafts.draft_of(place).files["probes.py"]
    page = client.get(address(place)).content.decode()
    assert "lines to write</summary>" in page
    assert client.post(address(place, "validate/")).status_code == 400


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("x.ipynb", b"PK", "This is not a notebook: it cannot be read as JSON."),
        ("x.ipynb", b"[]", "This is not a notebook: it has no cells."),
        ("x.ipynb", b'{"nbformat": 2, "worksheets": []}', "This notebook is of format 2"),
        ("x.ipynb", b" " * (2 * 1024 * 1024 + 1), "This file has 2048 kB; 2048 are taken. Clear the outputs"),
        ("x.ipynb", b"[" * 2_000_000, "This is not a notebook: it cannot be read as JSON."),
        (
            "x.ipynb",
            b'{"cells": [{"cell_type": "markdown", "source": "# T"}]}',
            "This is a lesson. Bring it to a lesson's page.",
        ),
        ("x.zip", b'{"cells": []}', "This is not a zip that can be read."),
    ],
)
def test_a_notebook_that_is_none_is_a_sentence_and_changes_nothing(client, place, bob, name, data, sentence):
    client.force_login(bob)
    before = drafts.draft_of(place).files
    (told,) = sent(client, address(place, "zip/"), "zip", name, data)
    assert told.startswith(sentence)
    assert drafts.draft_of(place).files == before


def test_a_lesson_goes_out_as_a_notebook_and_comes_back(client, place, bob):
    client.force_login(bob)
    url = f"/authoring/lessons/{place.module.slug}/{place.lesson.slug}/notebook/"
    text = "# Sums\n\nText, $x^2$.\n\n```python\nprint(1)\n```\n"
    drafts.save_lesson(lesson=place.lesson, source=text, version=None, by=bob)
    out = client.get(url).content
    drafts.save_lesson(lesson=place.lesson, source="# Another\n", version=None, by=bob)
    assert sent(client, url, "notebook", "sums.ipynb", out) == ["The notebook is the draft now."]
    assert drafts.lesson_draft_of(place.lesson).source == text
    exercise = client.get(address(place, "notebook/")).content
    assert sent(client, url, "notebook", "x.ipynb", exercise) == [
        "This is an exercise. Bring it to an exercise's page."
    ]
    assert drafts.lesson_draft_of(place.lesson).source == text


def test_notebooks_are_for_authors(client, place, alice):
    client.force_login(alice)
    for url in (
        address(place, "notebook/"),
        f"/authoring/lessons/{place.module.slug}/{place.lesson.slug}/notebook/",
    ):
        assert client.get(url).status_code == 403
        assert client.post(url).status_code in (403, 405)
