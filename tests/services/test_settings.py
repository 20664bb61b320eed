"""DATABASE_URL and BROKER_URL are obeyed: tables, cache and bell on real servers."""

from __future__ import annotations

import kombu
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from zero_to_gpt.celery import app
from zero_to_gpt.submissions import bell
from zero_to_gpt.submissions.models import Submission


@pytest.mark.django_db
def test_every_migration_is_applied_on_postgresql() -> None:
    assert connection.vendor == "postgresql"
    call_command("migrate", check_unapplied=True, verbosity=0)
    assert Submission._meta.db_table in connection.introspection.table_names()


@pytest.mark.django_db
def test_the_models_and_the_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_the_shared_cache_counts() -> None:
    cache.set("sign-ins", 1)
    assert cache.incr("sign-ins") == 2


def test_a_ring_arrives_in_redis() -> None:
    submission = Submission(pk=4711, queue="gpu")  # nobody in this run listens to that queue
    bell.ring(submission)
    with kombu.Connection(settings.BROKER_URL) as broker:
        queue = broker.SimpleQueue("gpu", no_ack=True)
        message = queue.get(timeout=60)
        queue.close()
    assert message.headers["task"] == "submissions.grade"
    assert message.payload[0] == [4711]


def test_a_ring_is_heard_in_its_own_queue_only() -> None:
    def waiting(name: str) -> int:
        with kombu.Connection(settings.BROKER_URL) as broker:
            return int(broker.default_channel._size(name))

    before = {name: waiting(name) for name in ("cpu", "gpu", "regrade")}
    bell.ring(Submission(pk=4712, queue="gpu"))
    after = {name: waiting(name) for name in before}
    assert after == before | {"gpu": before["gpu"] + 1}


def test_celery_uses_the_broker_of_the_setting() -> None:
    with app.connection_for_write() as broker:
        assert broker.transport.driver_type == "redis"
