"""Whatever a program sends, the API answers in its own words: never with a fault of ours."""

import json
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis.core import NOT_SET
from schemathesis.generation import GenerationMode

from zero_to_gpt.accounts.services import make_token
from zero_to_gpt.submissions import submitting

pytestmark = pytest.mark.django_db


@pytest.fixture
def operations(alice, exercise, graded, monkeypatch):
    """All operations that the interface describes but the streams, which never end."""
    monkeypatch.setattr(submitting, "SUBMITS_IN_FLIGHT", 10_000)
    graded(alice)
    schema = schemathesis.openapi.from_dict(Client().get("/api/v1/openapi.json").json())
    return [found.ok() for found in schema.exclude(path_regex="/events$").get_all_operations()]


def send(client, case):
    """One generated request through Django's test client (which leaves the test's transaction alone)."""
    path = case.path
    for name, value in (case.path_parameters or {}).items():
        path = path.replace("{" + name + "}", quote(str(value), safe=""))
    body = b"" if case.body is NOT_SET else case.body
    body = body if isinstance(body, bytes) else json.dumps(body, default=repr).encode()
    return client.generic(
        case.method,
        f"{path}?{urlencode(case.query or {}, doseq=True, errors='replace')}",
        body,
        content_type=case.media_type or "application/json",
    )


def test_no_request_makes_the_api_fail(operations, alice):
    client = Client(
        raise_request_exception=False, headers={"Authorization": f"Bearer {make_token(user=alice)}"}
    )
    answered = set()
    for operation in operations:
        good, bad = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

        @given(case=good | bad)
        @settings(
            max_examples=25,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def answers(case):
            response = send(client, case)
            assert response.status_code < 500, (case.method, case.path, case.body, response.content)
            if response.status_code >= 400 and response.status_code != 405:
                assert response.json()["detail"]
            answered.add((case.method, case.path, response.status_code))

        answers()
    assert len({(method, path) for method, path, _ in answered}) == len(operations) >= 7
    assert {200, 422, 404} <= {status for _, _, status in answered}
