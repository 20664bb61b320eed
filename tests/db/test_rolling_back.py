"""What learners met before comes back, forward is the same way, and nothing happens unasked."""

import re
from html import unescape

import pytest

from tests.db.conftest import files
from tests.db.test_authoring import address, proven
from zero_to_gpt.authoring import drafts, publications, structure
from zero_to_gpt.authoring.models import Proof, Publication

pytestmark = pytest.mark.django_db


def link_to_roll_back(client, url):
    """Where the first "Roll back to this" of a history leads a browser without scripts, once it is asked."""
    page = client.get(url).content.decode()
    [(link, dialog), *_] = re.findall(r'href="([^"]+)" data-open="([^"]+)">Roll back to this</a>', page)
    [inside] = re.findall(rf'<dialog id="{dialog}".*?</dialog>', page, re.DOTALL)
    assert "data-close>Leave it as it is</button>" in inside
    assert fields_of(inside), "and the dialog of other browsers holds the same form"
    return url + unescape(link).partition("#")[0]


def question(client, url):
    """What a page without scripts asks before it rolls back."""
    page = client.get(url).content.decode()
    return page.partition('<section class="card" id="roll-back"')[2].partition("</section>")[0]


def fields_of(asked):
    """What a form sends whose one button is pressed."""
    assert asked.count("<form ") == asked.count('type="submit"') == 1
    assert "csrfmiddlewaretoken" in asked
    return dict(re.findall(r'name="(publication)" value="(\d+)" type="submit">Roll back<', asked))


def entry_of(revision):
    """The newest entry of a history that is about this revision."""
    return Publication.objects.filter(revision=revision).first()


def test_rolling_back_is_asked_first_and_the_difference_is_shown(client, place, bob):
    first = publications.publish(exercise=place, proof=proven(place, bob), by=bob)
    changed = files() | {"task.md": files()["task.md"] + "\nOne more line.\n"}
    drafts.save_files(exercise=place, files=changed, version=None, by=bob)
    second = publications.publish(exercise=place, proof=proven(place, bob), by=bob)
    client.force_login(bob)
    shown = client.get(address(place, f"history/?publication={entry_of(first).pk}")).content.decode()
    assert "+ One more line." in shown
    assert "From the 1st publication to what learners meet now" in shown
    asked = question(client, link_to_roll_back(client, address(place, "history/")))
    assert "Roll back to the 1st publication?" in asked
    assert "you can roll forward to it in the same way" in asked
    assert f'<a class="button" href="{address(place, "history/")}">Leave it as it is</a>' in asked
    place.refresh_from_db()
    assert place.current == second, "who follows the link has changed nothing"
    client.post(address(place, "history/"), fields_of(asked))
    place.refresh_from_db()
    assert place.current == first
    assert list(Publication.objects.values_list("how", "revision")) == [
        ("rolled_back", first.pk), ("published", second.pk), ("published", first.pk),
    ]  # fmt: skip
    assert drafts.draft_of(place).files == changed, "the draft stays"


def test_forward_again_is_a_roll_back_too_and_what_learners_meet_is_not_offered(client, place, bob):
    first = publications.publish(exercise=place, proof=proven(place, bob), by=bob)
    changed = files() | {"task.md": files()["task.md"] + "\nOne more line.\n"}
    drafts.save_files(exercise=place, files=changed, version=None, by=bob)
    second = publications.publish(exercise=place, proof=proven(place, bob), by=bob)
    client.force_login(bob)
    url = address(place, "history/")
    for wanted, other in ((first, second), (second, first)):
        page = client.get(url).content.decode()
        assert f"?publication={entry_of(wanted).pk}&amp;ask=#roll-back" in page
        assert f"?publication={entry_of(other).pk}&amp;ask=#roll-back" not in page
        unasked = client.get(f"{url}?publication={entry_of(other).pk}&ask=").content.decode()
        assert 'id="roll-back"' not in unasked
        client.post(url, fields_of(question(client, link_to_roll_back(client, url))))
        place.refresh_from_db()
        assert place.current == wanted


@pytest.mark.parametrize("shown", [True, False])
def test_the_question_says_that_what_is_hidden_will_be_shown(client, place, bob, shown):
    first = publications.publish(exercise=place, proof=proven(place, bob), by=bob)
    changed = files() | {"task.md": files()["task.md"] + "\nOne more line.\n"}
    drafts.save_files(exercise=place, files=changed, version=None, by=bob)
    publications.publish(exercise=place, proof=proven(place, bob), by=bob)
    place.refresh_from_db()
    structure.show(thing=place, shown=shown)
    client.force_login(bob)
    page = client.get(address(place, "history/")).content.decode()
    assert ("It is hidden now; this shows it to them again." in page) is not shown
    client.post(address(place, "history/"), {"publication": entry_of(first).pk})
    place.refresh_from_db()
    assert place.published


def test_only_what_was_published_can_be_rolled_back_to(client, place, exercise, bob):
    publications.publish(exercise=place, proof=proven(place, bob), by=bob)
    other = Publication.objects.create(exercise=exercise, revision=exercise.current, by=bob)
    client.force_login(bob)
    for given in ({"publication": other.pk}, {"publication": 0}, {}):
        assert client.post(address(place, "history/"), given).status_code == 404, given
    assert Publication.objects.filter(exercise=place).count() == 1


def test_a_publication_is_named_by_its_place_its_author_and_a_time_that_no_other_has(client, place, bob):
    revisions = []
    for number in range(3):
        changed = files() | {"task.md": files()["task.md"] + "\nMore.\n" * number}
        drafts.save_files(exercise=place, files=changed, version=None, by=bob)
        revisions.append(publications.publish(exercise=place, proof=proven(place, bob), by=bob))
    publications.roll_back(exercise=place, revision=revisions[1], by=bob)
    times = ("2026-11-20T09:30:00", "2026-11-22T14:03:22", "2026-11-22T14:03:40", "2026-11-22T14:04:00")
    for entry, at in zip(Publication.objects.order_by("pk"), times, strict=True):
        Publication.objects.filter(pk=entry.pk).update(at=f"{at}Z")
    Publication.objects.filter(revision=revisions[0]).update(by=None)
    client.force_login(bob)
    url = address(place, "history/")
    page = client.get(url).content.decode()
    shown = re.findall(r"<time datetime=[^>]+>([^<]+)</time></td>", page)
    assert shown == ["22 Nov 2026, 14:04 UTC", "22 Nov 2026, 14:03:40 UTC", "22 Nov 2026, 14:03:22 UTC",
                     "20 Nov 2026, 09:30 UTC"]  # fmt: skip
    assert page.partition("<dialog")[0].count(" data-exact>") == 2, (
        "and the script writes those to the second"
    )
    assert "4th publication, rolled back to the 2nd " in page
    third = re.sub(r"<[^>]+>", "", question(client, link_to_roll_back(client, url)))
    assert "Roll back to the 3rd publication?" in third
    assert "the exercise of 22 Nov 2026, 14:03:40 UTC, by Bob, again at once." in third
    first = client.get(f"{url}?publication={entry_of(revisions[0]).pk}&ask=").content.decode()
    assert "20 Nov 2026, 09:30 UTC</time>, by somebody who left, again at once." in first
    told = client.post(url, {"publication": entry_of(revisions[0]).pk}, follow=True).content.decode()
    assert "Learners meet the 1st publication again." in told


def test_two_texts_of_a_lesson_are_compared_and_an_earlier_one_comes_back(client, place, bob, charlie):
    lesson = place.lesson
    url = f"/authoring/lessons/{lesson.module.slug}/{lesson.slug}/"
    for source in ("# Sums\n\nFirst.\n", "# Sums\n\nSecond.\n"):
        drafts.save_lesson(lesson=lesson, source=source, version=None, by=bob)
        proof = Proof.objects.create(
            lesson=lesson, by=bob, files={"lesson.md": source}, digest="x", state="passed", outputs=[]
        )
        publications.publish_lesson(lesson=lesson, proof=proof, by=bob)
        lesson.refresh_from_db()
    drafts.save_lesson(lesson=lesson, source="# Sums\n\nThird.\n", version=None, by=bob)
    client.force_login(bob)
    page = client.get(url + "history/").content.decode()
    assert "- Second." in page
    assert "+ Third." in page
    first = lesson.publications.last()
    page = client.get(url + f"history/?publication={first.pk}").content.decode()
    assert "- First." in page
    assert "+ Second." in page
    asked = question(client, link_to_roll_back(client, url + "history/"))
    assert "Roll back to this text?" in asked
    lesson.refresh_from_db()
    assert lesson.source != first.source, "who follows the link has changed nothing"
    done = client.post(url + "publish/", fields_of(asked), follow=True)
    assert done.redirect_chain == [(url + "history/", 302)]
    told = done.content.decode().partition('class="messages"')[2].partition("</div>")[0]
    assert "Learners see this text again: " in told
    assert "Exercises are added" not in told, "nothing was begun that exercises are missing in"
    lesson.refresh_from_db()
    assert lesson.source == first.source
    assert drafts.lesson_draft_of(lesson).source == "# Sums\n\nThird.\n", "the draft stays"
    assert client.get(url + "history/?publication=0").status_code == 404
    client.force_login(charlie)
    assert client.get(url + "history/").status_code in (403, 404)
