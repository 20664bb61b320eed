"""What stands in the editor is kept, and two tabs do not eat each other's text."""

import pytest

from zero_to_gpt.submissions import drafts, refusals
from zero_to_gpt.submissions.models import Draft, Submission


def save(user, exercise, source, **more):
    return drafts.save_draft(user=user, exercise=exercise, source=source, **more)


def test_a_draft_is_kept_per_person_and_exercise(alice, charlie, exercise):
    save(alice, exercise, "a = 1")
    save(charlie, exercise, "c = 1")
    assert drafts.draft_for(user=alice, exercise=exercise).source == "a = 1"
    assert drafts.draft_for(user=charlie, exercise=exercise).source == "c = 1"
    assert Draft.objects.count() == 2


def test_saving_again_replaces_the_text_and_counts_up(alice, exercise):
    first = save(alice, exercise, "a = 1", revision="digest-1")
    second = save(alice, exercise, "a = 2", version=first.version)
    assert (second.pk, second.version, second.source) == (first.pk, 2, "a = 2")
    assert second.revision == "digest-1"
    assert second.previous == ""


def test_of_two_tabs_the_newest_wins_and_the_other_text_can_be_restored(alice, exercise):
    seen_by_both = save(alice, exercise, "start").version
    save(alice, exercise, "from the left tab", version=seen_by_both)
    draft = save(alice, exercise, "from the right tab", version=seen_by_both)
    assert draft.source == "from the right tab"
    assert draft.previous == "from the left tab"


def test_the_same_text_from_another_tab_is_no_conflict(alice, exercise):
    version = save(alice, exercise, "same").version
    save(alice, exercise, "same", version=version)
    assert save(alice, exercise, "same", version=version).previous == ""


def test_a_draft_has_the_same_size_limit_as_a_submission(alice, exercise):
    with pytest.raises(refusals.SourceTooLarge):
        save(alice, exercise, "x" * 300_000)
    assert drafts.draft_for(user=alice, exercise=exercise) is None


@pytest.mark.parametrize("path", ["draft", "submit"])
def test_a_page_of_somebody_who_signed_out_saves_and_runs_nothing_for_the_next(
    client, alice, charlie, exercise, path
):
    client.force_login(charlie)
    address = f"/exercises/{exercise.name}/{path}/"
    sent = {"source": "a = 1\n", "kind": "submit", "idempotency_key": "k", "version": "0"}
    answer = client.post(address, sent | {"who": alice.pk}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (409, "other_person")
    assert not Draft.objects.exists()
    assert not Submission.objects.exists()
    answer = client.post(address, sent | {"who": charlie.pk}, headers={"Accept": "application/json"})
    assert answer.status_code in (200, 201)
