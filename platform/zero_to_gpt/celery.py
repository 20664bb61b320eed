"""The Celery application: a bell, not a queue. Every job it rings for is a row in the database.

A worker is one process with threads (`celery -A zero_to_gpt worker -P threads -c SLOTS`), because the
process owns its warm boxes. Results are ignored: nobody reads them.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import task_prerun, worker_init
from django.conf import settings
from django.db import close_old_connections
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zero_to_gpt.settings")

from zero_to_gpt import transport
from zero_to_gpt.runtime import for_short_answers
from zero_to_gpt.variables import made_folder


def broker_url(setting: str) -> str:
    """`filesystem://` means our own transport over files (kombu wants some host in an address)."""
    return f"{transport.SCHEME}://localhost" if setting.startswith("filesystem://") else setting


def transport_options(setting: str, var: Path) -> dict[str, Any]:
    """Fast polling; for the filesystem broker its folders under `var`, which must exist."""
    options: dict[str, Any] = {"polling_interval": 0.02}
    if setting.startswith("filesystem://"):
        folder = made_folder(var / "broker")
        options |= {
            "data_folder_in": str(made_folder(folder / "messages")),
            "data_folder_out": str(made_folder(folder / "messages")),
            "control_folder": str(made_folder(folder / "control")),
        }
    return options


# Nothing a student wrote ever runs as this process's user: boxes drop to another one, root or not.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("zero_to_gpt")
app.conf.update(
    broker_url=broker_url(settings.BROKER_URL),
    broker_transport_options=transport_options(settings.BROKER_URL, settings.VAR),
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_concurrency=settings.SLOTS,
    task_default_queue="cpu",
    # An exchange of its own each: queues that share one all get every message.
    task_queues=[
        Queue(name, Exchange(name), routing_key=name) for name in ("cpu", "gpu", "regrade", "authors")
    ],
    task_create_missing_queues=False,
    worker_send_task_events=False,
    timezone="UTC",
    beat_schedule_filename=str(settings.VAR / "beat-schedule"),
    beat_schedule={
        "compute what exercises and lessons still lack": {
            "task": "catalog.prepare",
            "schedule": 10.0,
            "options": {"expires": 10.0, "queue": "regrade"},
        },
        "forget old live output and old runs": {"task": "submissions.tidy", "schedule": 86_400.0},
        "forget ended sessions and dead workers": {"task": "fleet.tidy", "schedule": 86_400.0},
    },
)
app.conf.CELERY_DB_REUSE_MAX = sys.maxsize  # no new connection for each task; see the line below
task_prerun.connect(close_old_connections)


@worker_init.connect
def begin(**_: Any) -> None:
    for_short_answers()


app.autodiscover_tasks()
