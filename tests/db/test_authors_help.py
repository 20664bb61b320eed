"""What an author is told while writing: the handbook, what speaks against publishing, and where it stands."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grader import templates
from tests.db.test_authoring import address, proven
from zero_to_gpt.authoring import drafts, publications, queries, structure
from zero_to_gpt.authoring.models import Proof
from zero_to_gpt.cohorts.models import Authorship, Membership

pytestmark = pytest.mark.django_db


def test_the_handbook_is_for_who_may_write_and_is_the_projects_own_text(client, alice, bob):
    client.force_login(alice)
    assert client.get("/authoring/handbook/").status_code == 403
    client.force_login(bob)
    page = client.get("/authoring/handbook/").content.decode()
    assert page.count("<h1") == 1
    sections = queries.handbook().sections
    assert [title for _, title in sections][:2] == ["The shortest way from nothing", "The course"]
    for anchor, title in sections:
        assert f'<li><a href="#{anchor}">{title}</a></li>' in page
        assert f'<h2 id="{anchor}">' in page
    assert "[[equivalent]]" in re.sub("<[^>]+>", "", page)


def test_links_into_the_handbook_lead_somewhere(client, place, bob):
    proven(place, bob, state=Proof.State.REFUSED, report={"problems": [f"{place.name}: something."]})
    client.force_login(bob)
    lesson = f"/authoring/lessons/{place.module.slug}/{place.lesson.slug}/"
    handbook = client.get("/authoring/handbook/").content.decode()
    found = set()
    for url in (address(place), lesson):
        found |= set(re.findall(r'href="/authoring/handbook/#([^"]+)"', client.get(url).content.decode()))
    assert found == {"the-exercise", "the-course", "when-the-gate-refuses"}
    for anchor in found:
        assert f'id="{anchor}"' in handbook, anchor


@pytest.mark.parametrize(
    ("sentence", "file", "line", "text"),
    [
        ("one/two/probes.py:14: probe `Small`: x.", "probes.py", 14, "probe `Small`: x."),
        ("one/two/mutants/a_b.py: x: y.", "mutants/a_b.py", None, "x: y."),
        ("one/two: the mutant a: it\nis paid.", "", None, "the mutant a: it\nis paid."),
        ("one/twofold: x.", "", None, "one/twofold: x."),
        ("It took more than 15 minutes.", "", None, "It took more than 15 minutes."),
    ],
)
def test_a_sentence_of_the_gate_is_shown_with_its_place_and_without_the_name(sentence, file, line, text):
    assert queries.objection("one/two", sentence) == queries.Objection(file, line, text)


def test_what_speaks_against_publishing_leads_to_its_line(client, place, bob):
    name = place.name
    report = {"problems": [f"{name}/probes.py:3: probe `Small`: x.", f"{name}: y is paid."]}
    refused = proven(place, bob, state=Proof.State.REFUSED, report=report)
    broken = proven(place, bob, state=Proof.State.REFUSED, report={}, trouble=f"{name}/probes.py:9: z.")
    client.force_login(bob)
    page = client.get(f"/authoring/proofs/{refused.pk}/").content.decode()
    told = 'data-goto="probes.py" data-line="3">probes.py:3</button> probe '
    assert re.search(re.escape(told) + r"<code[^>]*>Small</code>: x.</li>", page)
    assert "<li>y is paid.</li>" in page
    page = client.get(f"/authoring/proofs/{broken.pk}/").content.decode()
    assert 'data-goto="probes.py" data-line="9">probes.py:9</button> z.</p>' in page


def test_a_survivor_is_offered_under_the_name_that_equivalent_toml_takes(client, place, bob):
    survivor = {"mutation": "double: 2 -> 3", "line": 2, "change": "line 2: `2` becomes `3`"}
    automatic = {"killed": 9, "total": 10, "survivors": [survivor]}
    proof = proven(place, bob, report={"automatic_mutants": automatic})
    client.force_login(bob)
    page = client.get(f"/authoring/proofs/{proof.pk}/").content.decode()
    assert 'data-explain="double: 2 -&gt; 3"' in page
    assert "<b>`2` becomes `3`</b>" in page


def test_that_a_text_has_changed_is_told_of_a_refused_one_too(client, place, bob):
    proof = proven(place, bob, state=Proof.State.REFUSED, report={"problems": ["x."]})
    client.force_login(bob)
    url = f"/authoring/proofs/{proof.pk}/"
    assert "data-stale hidden>The draft has changed" in client.get(url).content.decode()
    files = dict(drafts.draft_of(place).files)
    files["task.md"] += "\nMore.\n"
    drafts.save_files(exercise=place, files=files, version=None, by=bob)
    assert "data-stale>The draft has changed" in client.get(url).content.decode()


MENU = re.compile(
    r'<details class="menu-box" data-menu>\s*<summary aria-label="Your menu">.*?</details>', re.DOTALL
)


@pytest.mark.parametrize("url", ["/", "/course/", "/progress/", "/cohorts/", "/account/", "/help/"])
def test_who_may_write_finds_the_way_in_the_menu_of_every_page(client, alice, bob, course, url):
    for person, found in ((alice, False), (bob, True)):
        client.force_login(person)
        [menu] = MENU.findall(client.get(url).content.decode())
        assert ('<a href="/authoring/">Courses you write</a>' in menu) is found
        assert client.get("/authoring/").status_code == (200 if found else 403), "and the page itself agrees"
    client.logout()
    assert 'href="/authoring/"' not in client.get(url, follow=True).content.decode()


def test_the_menu_follows_the_rule_of_the_page(client, alice, bob, charlie, dora, written):
    """Who teaches, who writes and staff; not who only studies."""
    Authorship.objects.filter(user=bob).delete()
    Membership.objects.filter(user=bob).delete()
    Authorship.objects.create(user=charlie, course=written)
    for person, found in ((alice, False), (bob, False), (charlie, True), (dora, True)):
        client.force_login(person)
        [menu] = MENU.findall(client.get("/help/").content.decode())
        assert ("Courses you write" in menu) is found
        assert client.get("/authoring/").status_code == (200 if found else 403)


def test_a_page_asks_at_most_once_whether_one_may_write(client, bob, charlie, dora, written):
    structure.add_author(course=written, email=charlie.email, by=dora)
    for user, times in ((bob, 0), (charlie, 1)):  # of who teaches it is known
        client.force_login(user)
        with CaptureQueriesContext(connection) as asked:
            page = client.get("/").content.decode()
        assert page.count(">Courses you write<") == 2, "in the menu, and beside what one does next"
        assert len([each for each in asked if "cohorts_authorship" in each["sql"]]) == times


def test_after_publishing_the_page_itself_is_one_click_away(client, place, bob):
    proven(place, bob)
    client.force_login(bob)
    page = client.post(address(place, "publish/"), follow=True).content.decode()
    assert f'<a href="/exercises/{place.module.slug}/{place.slug}/">its page</a>' in page
    lesson = place.lesson
    drafts.save_lesson(lesson=lesson, source="# Sums\n\nOne.\n", version=None, by=bob)
    Proof.objects.create(
        lesson=lesson,
        by=bob,
        files={"lesson.md": "# Sums\n\nOne.\n"},
        digest=drafts.lesson_digest("# Sums\n\nOne.\n"),
        state=Proof.State.PASSED,
    )
    own = f"/authoring/lessons/{lesson.module.slug}/{lesson.slug}/"
    page = client.post(own + "publish/", follow=True).content.decode()
    assert f'<a href="/lessons/{lesson.module.slug}/{lesson.slug}/">its page</a>' in page


def test_the_next_step_of_an_empty_course_is_open(client, bob, written, place):
    client.force_login(bob)
    page = client.get(f"/authoring/courses/{written.slug}/").content.decode()
    assert "<details>\n        <summary>Add an exercise" in page
    assert "Add the lesson</button>" in page
    place.delete()
    page = client.get(f"/authoring/courses/{written.slug}/").content.decode()
    assert "<details open>\n        <summary>Add an exercise" in page
    written.modules.get().lessons.all().delete()
    page = client.get(f"/authoring/courses/{written.slug}/").content.decode()
    assert "Add an exercise" not in page
    assert "Add the lesson</button>" in page


def test_two_texts_are_compared_by_lines_that_a_person_counts(client, place, bob):
    lesson = place.lesson
    source = "\n".join(["# Sums", *map(str, range(20))])
    drafts.save_lesson(lesson=lesson, source=source, version=None, by=bob)
    proof = Proof.objects.create(
        lesson=lesson, by=bob, files={"lesson.md": source}, digest="x", state="passed", outputs=[]
    )
    publications.publish_lesson(lesson=lesson, proof=proof, by=bob)
    drafts.save_lesson(lesson=lesson, source=source.replace("15", "fifteen"), version=None, by=bob)
    client.force_login(bob)
    url = f"/authoring/lessons/{lesson.module.slug}/{lesson.slug}/history/"
    page = client.get(url).content.decode()
    assert '<span class="hunk">line 14</span>' in page
    assert "@@" not in page
    chosen = lesson.publications.get()
    page = client.get(f"{url}?publication={chosen.pk}").content.decode()
    assert re.search(r"From <time datetime=[^>]+>[^<]+</time> to what learners see now", page)


def test_every_file_of_a_template_is_explained_and_what_is_added_has_blanks():
    for like in templates.TEMPLATES:
        for path in templates.new(like, "running-mean"):
            folder = path[: path.find("/") + 1]
            assert templates.ABOUT.get(path) or templates.ABOUT[folder], path
    for path, text in templates.BEGINNINGS.items():
        assert templates.blanks({path: text}), path


def test_what_is_left_to_write_is_listed_in_the_order_of_the_files():
    left = [blank.file for blank in templates.blanks(templates.new("function", "running-mean"))]
    assert list(dict.fromkeys(left)) == [
        "task.md",
        "starter.py",
        "reference.py",
        "probes.py",
        "mutants.toml",
        "exercise.toml",
        "alternatives/in_other_words.py",
        "alternatives/with_loops.py",
    ]
