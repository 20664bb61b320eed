"""The bell over files: no message is seen half written, none is heard twice, a bad one kills nobody."""

import threading
from concurrent.futures import ThreadPoolExecutor
from queue import Empty

import pytest
from kombu import Connection

from zero_to_gpt.celery import app, broker_url, transport_options


@pytest.fixture
def connect(tmp_path):
    """Opens connections to one folder."""
    opened = []

    def connect():
        connection = Connection(
            broker_url("filesystem://"), transport_options=transport_options("filesystem://", tmp_path)
        )
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.close()


def test_every_ring_is_heard_exactly_once_by_busy_listeners(connect):
    rings, writers, readers = 200, 3, 3
    done = threading.Event()

    def write(number):
        queue = connect().SimpleQueue("cpu", no_ack=True)
        for turn in range(rings):
            queue.put({"ring": [number, turn], "padding": "x" * 2000})
        queue.close()

    def read(_):
        queue = connect().SimpleQueue("cpu", no_ack=True)
        heard = []
        while True:
            last = done.is_set()
            try:
                heard.append(tuple(queue.get(block=False).payload["ring"]))
            except Empty:
                if last:
                    break
        queue.close()
        return heard

    with ThreadPoolExecutor(writers + readers) as pool:
        listening = [pool.submit(read, n) for n in range(readers)]
        list(pool.map(write, range(writers)))
        done.set()
        heard = [ring for listener in listening for ring in listener.result()]
    assert sorted(heard) == [(number, turn) for number in range(writers) for turn in range(rings)]


def test_a_message_that_cannot_be_read_is_dropped_and_the_next_one_heard(connect, tmp_path):
    queue = connect().SimpleQueue("cpu", no_ack=True)
    (tmp_path / "broker" / "messages" / "0_half.cpu.msg").write_text('{"body": "')
    (tmp_path / "broker" / "messages" / "0_empty.cpu.msg").touch()
    queue.put("whole")
    assert queue.get(block=False).payload == "whole"
    assert list((tmp_path / "broker" / "messages").iterdir()) == []
    queue.close()


def test_a_ring_wakes_its_listener_at_once(tmp_path):
    """Looking is set to once a minute here: only the wake can be that quick."""
    options = transport_options("filesystem://", tmp_path) | {"polling_interval": 60.0}
    with (
        Connection(broker_url("filesystem://"), transport_options=options) as here,
        Connection(broker_url("filesystem://"), transport_options=options) as there,
    ):
        listener, ringer = here.SimpleQueue("cpu", no_ack=True), there.SimpleQueue("cpu", no_ack=True)
        for turn in range(3):
            ringing = threading.Timer(0.1, ringer.put, [turn])
            ringing.start()
            assert listener.get(timeout=30).payload == turn
            ringing.join()
        with pytest.raises(Empty):
            listener.get(timeout=0.05)


def test_a_ring_that_nobody_listens_to_waits(connect):
    ringer = connect().SimpleQueue("cpu", no_ack=True)
    for turn in range(3):
        ringer.put(turn)
    listener = connect().SimpleQueue("cpu", no_ack=True)
    assert [listener.get(timeout=30).payload for _ in range(3)] == [0, 1, 2]


def test_queues_do_not_hear_each_other(connect):
    connection = connect()
    cpu, regrade = (connection.SimpleQueue(name, no_ack=True) for name in ("cpu", "regrade"))
    cpu.put("for cpu")
    with pytest.raises(Empty):
        regrade.get(block=False)
    assert cpu.get(block=False).payload == "for cpu"
    cpu.close()
    regrade.close()


def test_each_of_our_queues_has_an_exchange_of_its_own():
    queues = app.conf.task_queues
    assert [queue.name for queue in queues] == ["cpu", "gpu", "regrade", "authors"]
    assert all(queue.exchange.name == queue.routing_key == queue.name for queue in queues)


def test_the_folders_are_private(connect, tmp_path):
    connect()
    for folder in ("broker", "broker/messages", "broker/control"):
        assert (tmp_path / folder).stat().st_mode & 0o077 == 0
