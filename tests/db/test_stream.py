"""The live line: everything once, in order, resumable, and never somebody else's."""

import asyncio
import datetime
import gc
import json
import sqlite3
import threading
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connections
from django.test import AsyncClient
from django.utils import timezone

from grader.grading.job import Event as Happened
from grader.verdict import Word
from tests.conftest import SECRET_IN_VERDICT, verdict
from zero_to_gpt.accounts.forgetting import forget
from zero_to_gpt.accounts.models import User
from zero_to_gpt.authoring import proofs, structure
from zero_to_gpt.authoring import stream as proof_stream
from zero_to_gpt.cohorts.models import Authorship, Membership
from zero_to_gpt.submissions import following, leasing, recording, stream, submitting
from zero_to_gpt.submissions.models import Event, Submission

pytestmark = pytest.mark.django_db(transaction=True)


async def signed_in(user):
    client = AsyncClient()
    await client.aforce_login(user)
    return client


def run(coroutine):
    """Run it in a loop of its own, and close the connections that its threads opened."""

    async def whole():
        try:
            return await coroutine
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(whole())


async def read(response, enough=lambda events: False):
    """The events of a stream as (id, kind, data) until it ends or there are enough."""
    events = []
    text = ""
    async for part in response.streaming_content:
        text += part.decode()
        *whole, text = text.split("\n\n")
        for block in whole:
            fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if "event" in fields:
                events.append((int(fields.get("id", 0)), fields["event"], json.loads(fields["data"])))
        if enough(events):
            break
    return events


def follow(user, submission, **headers):
    """Read a whole stream, as a browser of this person would."""

    async def go():
        client = await signed_in(user)
        response = await client.get(f"/submissions/{submission.pk}/events/", headers=headers)
        return response.status_code, await asyncio.wait_for(read(response), 20) if response.streaming else []

    return run(go())


def grade(submission):
    claimed = leasing.claim(submission_id=submission.pk, worker="w")
    recording.record_events(
        submission_id=submission.pk,
        attempt=claimed.attempt,
        events=[Happened("stage", {"stage": "running"}), Happened("output", {"text": "hello\n\nid: 7\n"})],
    )
    recording.record_verdict(
        submission_id=submission.pk, attempt=claimed.attempt, verdict=verdict(Word.FAILED)
    )


def test_a_finished_submission_is_told_from_the_beginning_and_ends(transactional_db, alice, handed_in):
    submission = handed_in(alice)
    grade(submission)
    status, events = follow(alice, submission)
    assert status == 200
    assert [kind for _, kind, _ in events] == ["queued", "running", "stage", "output", "graded", "end"]
    assert [number for number, _, _ in events[:-1]] == list(submission.events.values_list("pk", flat=True))
    assert events[3][2] == {"text": "hello\n\nid: 7\n"}
    assert SECRET_IN_VERDICT not in json.dumps(events)


def test_a_stream_resumes_after_the_last_event_that_was_seen(transactional_db, alice, handed_in):
    submission = handed_in(alice)
    grade(submission)
    numbers = list(submission.events.values_list("pk", flat=True))
    _, events = follow(alice, submission, **{"Last-Event-ID": str(numbers[2])})
    assert [number for number, _, _ in events[:-1]] == numbers[3:]


def test_who_has_seen_everything_is_told_not_to_come_back(transactional_db, alice, handed_in):
    submission = handed_in(alice)
    grade(submission)
    status, events = follow(alice, submission, **{"Last-Event-ID": str(submission.events.last().pk)})
    assert (status, events) == (204, [])


@pytest.mark.parametrize("nonsense", ["-1", "x", "9" * 40, "\u0661"])
def test_a_nonsensical_last_event_id_means_from_the_beginning(transactional_db, alice, handed_in, nonsense):
    submission = handed_in(alice)
    submitting.cancel(submission=submission)

    async def go():
        client = await signed_in(alice)
        response = await client.get(f"/submissions/{submission.pk}/events/", {"after": nonsense})
        return await asyncio.wait_for(read(response), 20)

    assert [kind for _, kind, _ in run(go())] == ["queued", "cancelled", "end"]


def test_nobody_follows_a_strangers_submission(transactional_db, alice, charlie, handed_in):
    submission = handed_in(alice)
    assert follow(charlie, submission)[0] == 404

    async def anonymous():
        return (await AsyncClient().get(f"/submissions/{submission.pk}/events/")).status_code

    assert run(anonymous()) == 404


def test_a_page_that_was_drawn_just_before_the_end_still_hears_of_it(alice, bob, handed_in):
    submission = handed_in(alice)
    for turn in range(2):  # graded for the first time, and again
        drawn = following.where_to_follow(Submission.objects.get(pk=submission.pk))
        grade(submission)

        async def line(address=drawn["events"]):
            response = await (await signed_in(alice)).get(address)
            return await asyncio.wait_for(read(response), 20)

        kinds = [kind for _, kind, _ in run(line())]
        assert kinds == [*(["queued"] if turn == 0 else []), "running", "stage", "output", "graded", "end"]
        submission.refresh_from_db()
        assert submitting.regrade(submission=submission, by=bob)


def followed_while_graded(user, submission):
    """The kinds of the events of a stream that was opened before its submission is graded."""

    async def go():
        response = await (await signed_in(user)).get(f"/submissions/{submission.pk}/events/")
        reader = asyncio.create_task(read(response))
        while not any(each.begun for each in stream.TAIL._subscriptions):
            await asyncio.sleep(0.01)
        await sync_to_async(grade)(submission)
        return await asyncio.wait_for(reader, 20)

    return [kind for _, kind, _ in run(go())]


WHOLE = ["queued", "running", "stage", "output", "graded", "end"]


def test_what_is_written_is_seen_without_being_asked_for(transactional_db, alice, handed_in, monkeypatch):
    monkeypatch.setattr(stream, "LOOK_ANYWAY_SECONDS", 3600.0)
    assert followed_while_graded(alice, handed_in(alice)) == WHOLE


@pytest.mark.parametrize("error", [OperationalError("away"), sqlite3.OperationalError("away"), KeyError("x")])
def test_a_look_that_fails_ends_no_stream(transactional_db, alice, handed_in, monkeypatch, caplog, error):
    rest = stream._Reader.rest
    away = iter([error])

    def failing(*args):
        rest(*args)
        for error in away:
            raise error

    monkeypatch.setattr(stream._Reader, "rest", failing)
    assert followed_while_graded(alice, handed_in(alice)) == WHOLE
    assert caplog.text.count("cannot read events") == 1


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_who_leaves_in_the_moment_in_which_something_comes_is_gone(monkeypatch, turns):
    """`turns` of the event loop lie between what comes and the leaving."""
    followed = []

    def subscribe(submission_id, after, reader):
        followed.append(stream.Subscription(submission_id, after, reader, asyncio.get_running_loop()))
        return followed[-1]

    async def go():
        lines = stream._lines(SimpleNamespace(pk=1, finished=False), 0, 1)
        await anext(lines)
        waiting = asyncio.ensure_future(anext(lines))
        await asyncio.sleep(0.01)
        followed[0].queue.put_nowait([])
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting], timeout=1)
        assert waiting.cancelled()

    monkeypatch.setattr(stream.TAIL, "subscribe", subscribe)
    asyncio.run(go())


def test_many_streams_each_get_their_own_events_live_once_and_in_order(
    transactional_db, alice, charlie, handed_in
):
    submissions = [handed_in(alice), handed_in(charlie), handed_in(alice)]

    async def go():
        clients = {user.pk: await signed_in(user) for user in (alice, charlie)}
        readers = []
        for submission in submissions * 5:
            response = await clients[submission.user_id].get(f"/submissions/{submission.pk}/events/")
            readers.append(asyncio.create_task(read(response)))
        while len(stream.TAIL._subscriptions) < len(readers):
            await asyncio.sleep(0.01)
        for submission in submissions:
            await sync_to_async(grade)(submission)
        return await asyncio.wait_for(asyncio.gather(*readers), 20)

    for submission, events in zip(submissions * 5, run(go()), strict=True):
        assert [number for number, _, _ in events[:-1]] == list(
            submission.events.values_list("pk", flat=True)
        )
        assert events[-1][1] == "end"


def test_one_thread_reads_for_all_streams_and_stops_with_the_last(transactional_db, alice, handed_in):
    submission = handed_in(alice)

    def tails():
        return [thread for thread in threading.enumerate() if thread.name == "event-tail"]

    async def go():
        client = await signed_in(alice)
        responses = [await client.get(f"/submissions/{submission.pk}/events/") for _ in range(4)]
        readers = [asyncio.create_task(read(response)) for response in responses]
        while len(stream.TAIL._subscriptions) < len(readers):
            await asyncio.sleep(0.01)
        running = len(tails())
        await sync_to_async(submitting.cancel)(submission=submission)
        await asyncio.wait_for(asyncio.gather(*readers), 20)
        while tails():
            await asyncio.sleep(0.01)
        return running

    assert run(asyncio.wait_for(go(), 20)) == 1
    assert tails() == []


def test_a_silent_stream_is_kept_alive(transactional_db, alice, handed_in, monkeypatch):
    monkeypatch.setattr(stream, "KEEP_ALIVE_SECONDS", 0.05)
    submission = handed_in(alice)

    async def go():
        client = await signed_in(alice)
        response = await client.get(f"/submissions/{submission.pk}/events/")
        seen = b""
        async for part in response.streaming_content:
            seen += part
            if b": still here" in seen:
                break
        return response, seen

    response, seen = run(asyncio.wait_for(go(), 20))
    assert b"event: queued" in seen
    assert response["Cache-Control"] == "no-store"
    assert response["X-Accel-Buffering"] == "no"


async def opened(user, submission, **headers):
    client = await signed_in(user)
    return await client.get(f"/submissions/{submission.pk}/events/", headers=headers)


def test_one_person_follows_so_many_at_once_and_others_are_not_concerned(
    transactional_db, alice, bob, handed_in
):
    """Before, one person could open as many as the process may open files."""
    submission = handed_in(alice)

    async def go():
        held = [await opened(alice, submission) for _ in range(stream.STREAMS_OF_ONE)]
        refused = await opened(alice, submission)
        teacher = await opened(bob, submission)
        held[0].close()
        again = await opened(alice, submission)
        for response in [*held, teacher, again]:
            response.close()
        return [each.status_code for each in (*held, refused, teacher, again)], refused

    statuses, refused = run(go())
    assert statuses == [200] * stream.STREAMS_OF_ONE + [429, 200, 200]
    assert "Close one of those pages" in refused.json()["error"]
    assert refused["Retry-After"]
    assert stream.OPEN._of.total() == 0


def test_all_together_follow_so_many_at_once(transactional_db, alice, bob, handed_in, settings):
    settings.STREAMS = 2
    submission = handed_in(alice)

    async def go():
        held = [await opened(each, submission) for each in (alice, bob)]
        refused = await opened(bob, submission)
        for response in held:
            response.close()
        return refused

    refused = run(go())
    assert refused.status_code == 429
    assert "More people follow" in refused.json()["error"]


def test_streams_that_were_dropped_before_they_began_hold_no_place(transactional_db, alice, handed_in):
    submission = handed_in(alice)

    async def go():
        statuses = []
        for _ in range(3 * stream.STREAMS_OF_ONE):
            statuses.append((await opened(alice, submission)).status_code)
            gc.collect()
        return statuses

    assert run(go()) == [200] * 3 * stream.STREAMS_OF_ONE


def test_a_page_that_is_opened_in_the_middle_of_a_long_check_is_told_how_long_it_takes_already(
    alice, handed_in
):
    begun = timezone.now() - datetime.timedelta(seconds=12)
    data = {"title": "a whole training", "about": 60}
    submission = handed_in(alice)
    asking = Event.objects.create(submission=submission, kind="asking", data=data, created=begun)
    other = Event.objects.create(
        submission=submission, kind="stage", data={"stage": "running"}, created=begun
    )
    told = json.loads(stream._line(asking).partition("data: ")[2])
    assert told["about"] == 60 and 12 <= told["age"] < 20
    assert json.loads(stream._line(other).partition("data: ")[2]) == {"stage": "running"}
    assert Event.objects.get(pk=asking.pk).data == data  # as it was recorded


def followed_until(submission, reader, change, monkeypatch):
    """What somebody is told of a submission that waits, and to what they come back, after `change()`."""
    monkeypatch.setattr(stream, "RIGHTS_SECONDS", 0.2)

    async def go():
        client = await signed_in(reader)
        response = await client.get(f"/submissions/{submission.pk}/events/")
        reading = asyncio.create_task(read(response))
        while not any(each.begun for each in stream.TAIL._subscriptions):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        assert not reading.done(), "who may read it still reads it"
        await sync_to_async(change)()
        events = await asyncio.wait_for(reading, 20)
        response.close()
        again = await client.get(f"/submissions/{submission.pk}/events/")
        return [kind for _, kind, _ in events], again.status_code

    return run(go())


def test_who_no_longer_teaches_somebody_stops_following_them(
    transactional_db, alice, bob, handed_in, monkeypatch
):
    """Before, what was open stayed open for half an hour, whoever its reader had become."""
    submission = handed_in(alice)
    end = Membership.objects.get(user=bob).delete
    assert followed_until(submission, bob, end, monkeypatch) == (["queued"], 404)


def test_who_may_not_sign_in_any_more_stops_following(transactional_db, alice, handed_in, monkeypatch):
    submission = handed_in(alice)
    end = lambda: User.objects.filter(pk=alice.pk).update(is_active=False)  # noqa: E731
    assert followed_until(submission, alice, end, monkeypatch) == (["queued"], 404)


def test_who_left_holds_no_place(transactional_db, alice, handed_in, monkeypatch):
    """A queue of places that nobody reads any more would keep others out."""
    submission, number = handed_in(alice), alice.pk
    end = lambda: forget(user=alice)  # noqa: E731
    assert followed_until(submission, alice, end, monkeypatch) == (["queued"], 404)
    assert number not in stream.OPEN._of


def test_who_writes_a_course_no_longer_stops_following_its_proofs(
    transactional_db, place, bob, dora, monkeypatch
):
    monkeypatch.setattr(proof_stream, "RIGHTS_SECONDS", 0.2)
    Authorship.objects.create(course=place.module.course, user=dora)
    proof = proofs.ask_proof(exercise=place, by=dora)

    async def go():
        client = await signed_in(bob)
        response = await client.get(f"/authoring/proofs/{proof.pk}/events/")
        reading = asyncio.create_task(read(response))
        await asyncio.sleep(1.5)
        assert not reading.done(), "an author reads it"
        await sync_to_async(structure.remove_author)(course=place.module.course, user=bob, by=bob)
        events = await asyncio.wait_for(reading, 20)
        response.close()
        return events

    assert run(go()) == []
