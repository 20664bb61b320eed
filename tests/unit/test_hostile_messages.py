"""What a box may send, mutated: the link and the allowance end in one of the documented ways, quickly."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
import tracemalloc
from queue import Empty
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbclient.exceptions import CellExecutionComplete

from grader.grading.shown import metric
from grader.sandbox.allowance import NOT_A_MESSAGE, VALUE, Allowance, OverBudgetError
from grader.sandbox.cells import METRIC, Display, RawValue
from grader.sandbox.link import MOST_ENVELOPE, MOST_UNREAD, READ_AT_ONCE, SPARE_REPLIES, Link, _parse
from grader.sandbox.notebook_client import GradeClient
from grader.sandbox.pictures import weight
from sandbox_images.inside import frames
from tests.unit.test_pictures import picture

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
CHANNELS = (frames.SHELL, frames.IOPUB, frames.CONTROL)
PARENT, NONCE = "parent", "nonce"

WORDS = """
status stream error display_data execute_result execute_reply idle stdout text text/plain image/png data zg
type message line call msg_type msg_id execution_state name step values __proto__
"""
words = st.sampled_from([*WORDS.split(), NONCE, PARENT, VALUE, METRIC, ""])
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.integers(), st.floats(allow_nan=False), words, st.text()
)
plain = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=4)),
    max_leaves=10,
)


def near(**fields):
    """A dictionary with these fields, each right or anything else, perhaps missing, perhaps with more."""
    return st.one_of(
        st.fixed_dictionaries(
            {},
            optional={
                name: st.one_of(st.just(right) if not isinstance(right, st.SearchStrategy) else right, plain)
                for name, right in fields.items()
            },
        ),
        plain,
    )


reports = near(type="ValueError", message="no", line=3, code="x", traceback="")
told = near(nonce=NONCE, call=st.integers(-1, 3), error=reports)
shown = st.one_of(
    st.fixed_dictionaries({VALUE: told}),
    st.fixed_dictionaries({METRIC: near(step=1, values=near(loss=0.5))}),
    near(**{"text/plain": "1", "image/png": "iVBORw0KGgo="}),
)
contents = st.one_of(
    near(execution_state="idle"), near(name="stdout", text="abc"), near(zg=reports), near(data=shown)
)
headers = near(msg_type=words, msg_id="x")
parents = near(msg_id=PARENT)
messages = st.tuples(headers, parents, plain, contents, st.lists(st.binary(max_size=40), max_size=5))


def packed(message) -> bytes:
    *parts, buffers = message
    return frames.pack(frames.IOPUB, [*(json.dumps(part).encode() for part in parts), *buffers])


def fed(data: bytes) -> Link:
    """A link into which these bytes came, in as many pieces as a socket would make of them."""
    link = Link()
    silent = {name: lambda: None for name in ("abort", "pause_reading", "resume_reading")}
    link.connection_made(SimpleNamespace(**silent))
    for begin in range(0, len(data), READ_AT_ONCE):
        piece = data[begin : begin + READ_AT_ONCE]
        link.get_buffer(-1)[: len(piece)] = piece
        link.buffer_updated(len(piece))
    return link


def heard(data: bytes) -> tuple[list[dict], str]:
    """Every message that comes out of a link into which these bytes go, and why it stopped listening."""

    async def listen():
        link = fed(data)
        link.eof_received()
        found = []
        for channel in CHANNELS:
            with contextlib.suppress(Empty):
                while True:
                    with contextlib.suppress(*NOT_A_MESSAGE):
                        found.append(await link.next(channel, 1.0))
        assert link.closed.is_set()
        link.close()
        return found, link.problem

    return asyncio.run(listen())


@st.composite
def damaged(draw):
    """Some messages in a row, with bytes changed, taken out, repeated or put in."""
    data = bytearray(
        b"".join(packed(message) for message in draw(st.lists(messages, min_size=1, max_size=3)))
    )
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        end = at + draw(st.integers(0, 8))
        new = draw(
            st.one_of(st.binary(max_size=8), st.sampled_from([b"\xff" * 4, b"\0" * 4, b"", b"[" * 99]))
        )
        data[at:end] = new + (bytes(data[at:end]) if draw(st.booleans()) else b"")
    return bytes(data)


@settings(max_examples=500, deadline=None, suppress_health_check=QUIET)
@given(damaged())
def test_whatever_arrives_is_messages_or_the_end(data):
    found, _ = heard(data)
    for message in found:
        assert isinstance(message["msg_type"], str)
        assert all(isinstance(message[name], dict) for name in ("header", "parent_header", "content"))
        assert message["size"] >= message["text_size"] or message["size"] == 64


def test_what_is_announced_is_not_allocated():
    heard(b"")
    for head in (
        frames.HEAD.pack(b"i", 8) + b"\xff" * 32,
        frames.HEAD.pack(b"i", 5) + (10 * 2**20).to_bytes(4, "little") * 5,
        frames.HEAD.pack(b"i", 65535) + b"\0" * 64,
        frames.HEAD.pack(b"i", 4) + (2**20).to_bytes(4, "little") * 4 + b"{}",
        frames.HEAD.pack(b"x", 4) + bytes(16),
        frames.HEAD.pack(b"i", 5) + bytes(16) + (10 * 2**20).to_bytes(4, "little") + b"{}",
    ):
        tracemalloc.start()
        found, _ = heard(head)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found == []
        assert peak < 200_000


def test_a_box_that_replies_more_than_it_was_asked_is_no_longer_heard():
    reply = frames.pack(frames.SHELL, [b'{"msg_type":"x"}', b"{}", b"{}", b"{}"])
    found, problem = heard(reply * 10_000)
    assert (len(found), problem) == (SPARE_REPLIES, "more replies than requests")
    found, problem = heard(reply.replace(b"s", b"c", 1) * 10_000)
    assert (len(found), problem) == (SPARE_REPLIES, "more replies than requests")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_only_the_content_of_a_message_may_be_large(place):
    parts = [b'{"msg_type":"x"}', b"{}", b"{}", b"{}"]
    parts[place] = b'{"a":"' + b"x" * MOST_ENVELOPE + b'"}'
    assert heard(frames.pack(frames.IOPUB, parts)) == ([], "an envelope larger than allowed")


@pytest.mark.parametrize(
    "part", [b"{},", b"[],", b"0,", b"0.1,", b'"",', b"1e99,", b"9" * 4000 + b",", b'{"a":0},']
)
def test_a_message_of_a_hundred_thousand_parts_is_not_parsed(part):
    """A megabyte of text is one object; a megabyte of empty lists took us a tenth of a second."""
    content = b'{"data":{"a":[' + part * (1_000_000 // len(part)) + b"0]}}"
    with pytest.raises(ValueError, match="too many parts"):
        _parse([b'{"msg_type":"stream"}', b"{}", b"{}", content], {}, 0.0)
    few = b'{"data":{"a":[' + part * (50_000 // len(part)) + b"0]}}"
    assert _parse([b'{"msg_type":"stream"}', b"{}", b"{}", few], {}, 0.0)["content"]["data"]


@pytest.mark.parametrize("text", ["x" * 1_000_000, "[1, 2],\n" * 100_000, '\\"{[,' * 150_000])
def test_a_large_text_is_read_whatever_stands_in_it(text):
    content = json.dumps({"name": "stdout", "text": text}).encode()
    assert _parse([b'{"msg_type":"stream"}', b"{}", b"{}", content], {}, 0.0)["content"]["text"] == text


@pytest.mark.parametrize("begin", [b"", b'"', b'{"data":{"text/plain":"'])
@pytest.mark.parametrize("part", [b'\\"', b'"a\\"', b"\\", b'"'])
def test_a_text_that_never_ends_costs_one_look_at_it(begin, part):
    """Escaped quotes without an end took us half a minute for each 64 kB, and all other boxes with us."""
    content = begin + part * (1_000_000 // len(part))
    started = time.process_time()
    with pytest.raises(ValueError):
        _parse([b'{"msg_type":"stream"}', b"{}", b"{}", content], {}, 0.0)
    assert time.process_time() - started < 2


def test_others_have_their_turn_while_one_box_is_read():
    message = frames.pack(frames.IOPUB, [b'{"msg_type":"x"}', b"{}", b"{}", b"{}"])

    async def listen() -> tuple[int, int]:
        link = fed(message * 5_000)
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        beside = asyncio.ensure_future(other())
        for _ in range(5_000):
            await link.next(frames.IOPUB, None)
        beside.cancel()
        link.close()
        return turns

    assert asyncio.run(listen()) > 50


@settings(max_examples=600, deadline=None, suppress_health_check=QUIET)
@given(st.lists(messages, min_size=1, max_size=6))
def test_an_allowance_takes_any_message_or_ends_in_a_documented_way(sent):
    displays: list[Display] = []
    drive = SimpleNamespace(budget=2_000, room=2_000, on_output=None, on_display=displays.append)
    allowance = Allowance(drive, 2, NONCE)
    for message in sent:
        try:
            (heard_,), _ = heard(packed(message))
        except ValueError:
            continue  # no message at all
        before = drive.budget
        values = len(allowance.values)
        try:
            allowance.take(heard_, PARENT)
        except OverBudgetError:
            assert drive.budget < 0 or allowance.value_bytes < 0
            return
        except (CellExecutionComplete, *NOT_A_MESSAGE):
            continue
        assert drive.budget <= before - 64 or len(allowance.values) == values + 1
    assert set(allowance.values) <= {0, 1}
    assert all(isinstance(value, RawValue) and value.call in (0, 1) for value in allowance.values.values())
    assert all(isinstance(text, str) for text in allowance.text)
    assert drive.room == 2_000 - sum(map(len, allowance.text)) >= 0
    for display in displays:
        assert isinstance(display.data, str)
        if display.mime == METRIC:
            metric(json.loads(display.data))


@settings(max_examples=500, deadline=None)
@given(near(step=st.integers(), values=st.dictionaries(st.text(), st.one_of(st.none(), st.floats(), plain))))
def test_a_metric_is_a_step_and_some_numbers_or_nothing(logged):
    found = metric(logged)
    if found is not None:
        assert set(found) == {"step", "values"}
        assert len(found["values"]) <= 16
        assert all(number is None or type(number) is float for number in found["values"].values())
        json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("text", ["[" * 700 + '"\\u0000"' + "]" * 700, "1e999", "9" * 4000])
def test_what_no_database_could_keep_is_no_metric(text):
    assert metric(json.loads(text)) is None
    assert metric({"step": 1, "values": {"a": json.loads(text)}}) is None


def test_the_weight_of_a_picture_is_known_before_it_is_inflated():
    assert weight(picture()) == 2 * (1 + 2 * 3)
    assert weight(b"") == weight(b"\x89PNG") == 0


def test_a_flood_of_messages_costs_us_little():
    message = packed(({"msg_type": "x"}, {"msg_id": PARENT}, {}, {}, []))
    drive = SimpleNamespace(budget=64 * 1024, room=64 * 1024, on_output=None, on_display=None)
    allowance = Allowance(drive, 0, NONCE)
    (heard_,), _ = heard(message)
    started = time.perf_counter()
    taken = 0
    with pytest.raises(OverBudgetError):
        while True:
            allowance.take(heard_, PARENT)
            taken += 1
    assert taken <= 1024
    assert time.perf_counter() - started < 1


def test_a_flood_leaves_the_others_their_turn():
    """However much of it is there: between two turns of a box all others have theirs."""
    message = frames.pack(frames.IOPUB, [b'{"msg_type":"x"}', b"{}", b"{}", b"{}"])
    taken: list[int] = []

    async def listen() -> None:
        link = fed(message * 60_000)
        client = GradeClient.make()
        drive = SimpleNamespace(budget=1 << 40, room=64 * 1024, on_output=None, on_display=None)
        client.begin(SimpleNamespace(link=link), Allowance(drive, 0, NONCE))
        client.task_poll_for_reply = client._async_poll_for_reply(PARENT, None, None, None, None)
        total = len(link._unread[frames.IOPUB])
        while link._unread[frames.IOPUB]:
            before = len(link._unread[frames.IOPUB])
            link.on_news()  # as more and more comes
            link.on_news()
            await asyncio.sleep(0)
            taken.append(before - len(link._unread[frames.IOPUB]))
        assert sum(taken) == total > 10_000
        client.stop()

    asyncio.run(listen())
    assert max(taken) <= 2 * READ_AT_ONCE // 1024 + 2


def test_a_message_that_comes_byte_by_byte_is_whole():
    content = json.dumps({"name": "stdout", "text": "abc"}).encode()
    message = frames.pack(
        frames.IOPUB, [b'{"msg_type":"stream"}', b'{"msg_id":"x"}', b"{}", content, b"\0\1"]
    )

    async def listen() -> list[dict]:
        link = fed(b"")
        for byte in message * 2:
            link.get_buffer(-1)[0] = byte
            link.buffer_updated(1)
        return [await link.next(frames.IOPUB, 1.0) for _ in range(2)]

    for came in asyncio.run(listen()):
        assert (came["content"]["text"], came["buffers"]) == ("abc", [b"\0\1"])
        assert came["parent_header"] == {"msg_id": "x"}


def test_a_box_waits_while_nobody_reads_what_it_sent():
    """Over a real socket: no more than so much is taken from it, and the rest when it is wanted."""
    content = json.dumps({"name": "stdout", "text": "x" * 100_000}).encode()
    message = frames.pack(frames.IOPUB, [b'{"msg_type":"stream"}', b"{}", b"{}", content])

    async def listen() -> tuple[int, int]:
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        link = await Link.over(ours)
        sending = asyncio.ensure_future(asyncio.get_running_loop().sock_sendall(theirs, message * 100))
        await asyncio.sleep(0.5)
        kept = link._bytes
        assert not sending.done()
        count = 0
        while count < 100:
            await link.next(frames.IOPUB, 10.0)
            count += 1
        await sending
        theirs.close()
        with pytest.raises(Empty):
            await link.next(frames.IOPUB, 10.0)
        link.close()
        return kept, count

    kept, count = asyncio.run(listen())
    assert MOST_UNREAD < kept < MOST_UNREAD + 2 * len(message)
    assert count == 100
