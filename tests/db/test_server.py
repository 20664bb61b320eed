"""The real web server under people who ask for too much: all is bounded, and everybody gets a sentence."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest
import requests

from tests.db.serving import Site, migrated
from zero_to_gpt.server import HEAD_SECONDS, listen

CONNECTIONS = 60
WORKS = 4


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = migrated(tmp_path_factory.mktemp("site"), DATABASE_URL="")
    few = {"CONNECTIONS": str(CONNECTIONS), "WEB_THREADS": str(WORKS)}
    with Site(folder, DATABASE_URL="", TRUSTED_PROXIES="127.0.0.1", **few) as site:
        yield site


def head_of(connection: socket.socket) -> bytes:
    """The first bytes of an answer; empty when the connection was closed without one."""
    try:
        return connection.recv(12)
    except ConnectionResetError:
        return b""


def test_a_giant_that_announces_itself_is_refused_before_it_is_sent(site):
    with site.connect() as connection:
        head = f"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: {1_200_000_000}\r\n\r\n"
        connection.sendall(head.encode())
        assert head_of(connection) == b"HTTP/1.1 413"


def test_a_giant_that_does_not_is_counted_while_it_is_read(site):
    sent = 0

    def giant():
        nonlocal sent
        for _ in range(1200):
            sent += 1_000_000
            yield b"x" * 1_000_000

    status = 413
    with suppress(requests.ConnectionError):  # the server hangs up on who goes on sending
        status = requests.post(f"{site.url}/healthz", data=giant(), timeout=60).status_code
    assert status == 413
    assert sent < 60_000_000


def test_each_route_reads_as_much_as_it_needs(site):
    exercise = f"{site.url}/exercises/01-maths/01-slope-at/submit/"
    large = {"source": "x" * 1_500_000}
    assert (
        requests.post(exercise, data=large, timeout=30).status_code == 403
    )  # Django's: a form without its token
    giant = {"source": "x" * 3_000_000}
    answer = requests.post(exercise, data=giant, headers={"Accept": "application/json"}, timeout=30)
    assert answer.status_code == 413
    assert answer.json()["reason"] == "source_too_large"
    assert "2 MB" in answer.json()["error"]
    answer = requests.post(f"{site.url}/api/v1/token", data=b"x" * 100_000, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (413, "source_too_large")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "64 kB" in requests.post(f"{site.url}/accounts/login/", data=b"x" * 100_000, timeout=30).text


def test_many_readers_wait_their_turn_and_all_are_answered(site):
    """Before, each had a thread and a connection of its own, and the database refused most of them."""
    most = 0

    def read(number: int) -> int:
        nonlocal most
        answer = requests.get(f"{site.url}{'/course/' if number % 2 else '/healthz'}", timeout=60)
        most = max(most, site.threads())
        return answer.status_code

    quiet = site.threads()
    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(read, range(150)))
    assert statuses == [200] * 150
    # A request has a thread of Django's; what is shared (looking up names, reading static files) stays.
    assert most - quiet <= 3 * WORKS + 10, (most, quiet)


def test_small_answers_are_sent_at_once(site):
    """Without TCP_NODELAY each answer on a kept connection takes 40 ms longer: its second piece waits."""
    with closing(listen("127.0.0.1", 0)) as ours:
        assert (ours.proto, site.listener.family) == (socket.IPPROTO_TCP, socket.AF_INET)
    session = requests.Session()
    times = []
    for _ in range(20):
        began = time.perf_counter()
        assert session.get(f"{site.url}/static/site/mark.svg", timeout=30).ok
        times.append(time.perf_counter() - began)
    assert min(times) < 0.035


def test_a_head_that_does_not_arrive_ends_the_connection(site):
    with site.connect() as silent, site.connect() as slow:
        began = time.monotonic()
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        for connection in (silent, slow):
            while time.monotonic() - began < HEAD_SECONDS - 2:
                slow.sendall(b"X-Slow: 1\r\n")
                time.sleep(1)
            assert head_of(connection) == b""
        assert HEAD_SECONDS - 1 < time.monotonic() - began < HEAD_SECONDS + 5


def test_so_does_a_second_head_on_a_kept_connection(site):
    with site.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert head_of(connection) == b"HTTP/1.1 200"
        time.sleep(0.5)
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        began = time.monotonic()
        connection.settimeout(HEAD_SECONDS + 10)
        while connection.recv(65536):
            pass
        assert time.monotonic() - began < HEAD_SECONDS + 5


def test_open_connections_are_bounded_and_the_newest_is_answered(site):
    idle = [site.connect() for _ in range(3 * CONNECTIONS)]
    try:
        # It came last, so all before it have been taken: only then is the bound a bound.
        assert requests.get(f"{site.url}/healthz", timeout=30).status_code == 200
        until = time.monotonic() + 60
        while (found := site.open_connections()) > CONNECTIONS + 10 and time.monotonic() < until:
            time.sleep(0.1)
        assert found <= CONNECTIONS + 10  # a few sockets are the server's own
        assert idle[0].recv(1) == b""
    except ConnectionResetError:
        pass
    finally:
        for connection in idle:
            connection.close()


def test_wrong_passwords_count_for_who_sent_them_behind_a_proxy(site):
    """Before, everybody behind a proxy was the proxy."""

    def sign_in(address: str, email: str) -> int:
        body = json.dumps({"email": email, "password": "wrong"})
        headers = {"X-Forwarded-For": f"192.0.2.1, {address}", "Content-Type": "application/json"}
        return requests.post(f"{site.url}/api/v1/token", data=body, headers=headers, timeout=60).status_code

    assert [sign_in("198.51.100.1", "a@example.org") for _ in range(6)] == [401] * 5 + [429]
    assert sign_in("198.51.100.2", "a@example.org") == 401


@pytest.mark.parametrize("path", ["/", "/course/", "/healthz", "/help/", "/accounts/login/"])
def test_a_page_may_be_asked_for_its_head_alone(site, path):
    answer = requests.head(f"{site.url}{path}", timeout=30)
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["Content-Type"]
