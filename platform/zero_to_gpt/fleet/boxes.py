"""The boxes of this process: one pool, opened when a worker starts, closed when it stops.

Also the worker's sign of life, so that a person can see which sandbox is in force on which host. A
process that never grades (web, beat) never opens a pool.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models.functions import Now

from grader.sandbox import libraries
from grader.sandbox.box import Backend, BoxError, Limits, Profile
from grader.sandbox.choose import choose_backend, choose_devices
from grader.sandbox.devices import NoSlice, Slices, State
from grader.sandbox.pool import Pool
from grader.verdict import to_json
from zero_to_gpt.fleet.models import WorkerSign

log = logging.getLogger(__name__)

SIGN_EVERY_SECONDS = 5.0
MOST_TOLD = 12
"""What a slice did lately, as far as a sign of life tells it."""
STUDENT_PROFILES = (Profile.NUMPY, Profile.TORCH)

profiles_in_use: Callable[[], Iterable[str]] = list
"""Which profiles are worth keeping boxes warm for. The catalogue sets it: it knows its exercises."""

_lock = threading.Lock()
_pool: Pool | None = None
_slices: Slices | None = None
_gpu_worker = False
_signing: threading.Thread | None = None
_closing = threading.Event()


def worker_name() -> str:
    """This process among all workers: host and process id."""
    return f"{platform.node()}:{os.getpid()}"


def pool() -> Pool:
    """This process's pool; opened by the first who asks. Raises BoxError with one sentence."""
    global _pool
    with _lock:
        if _pool is None:
            backend = choose_backend(settings.SANDBOX or None, home=settings.SANDBOX_HOME)
            used = map(Profile, profiles_in_use())
            count = 0 if _gpu_worker else settings.WARM_BOXES  # its learners' boxes hold a slice each
            warm = {profile: count for profile in used if count and backend.has_profile(profile)}
            opened = Pool(backend, warm=warm, limits=Limits())
            opened.start()
            _pool = opened
        return _pool


def slices() -> Slices:
    """The slices that this GPU worker grades on. Raises NoSlice with one sentence where it is none."""
    global _slices
    if not settings.GPU:
        raise NoSlice("This worker listens to the queue gpu, but it was started without GPU=nvidia.")
    with _lock:
        if _slices is None:
            _slices = choose_devices(settings.GPU, home=settings.SANDBOX_HOME)
        return _slices


def profiles(backend: Backend) -> dict[str, str]:
    """The profiles that this host has libraries for, with their box digests."""
    return {p.value: backend.box_digest(p) for p in STUDENT_PROFILES if backend.has_profile(p)}


def lacking() -> dict[str, str]:
    """The profiles whose libraries this host has not got, each with a sentence that says why."""
    told = {p.value: libraries.lacking(p, settings.SANDBOX_HOME) for p in Profile if p is not Profile.GPU}
    return {name: sentence for name, sentence in told.items() if sentence}


def open_for_work(*, gpu: bool = False) -> None:
    """A worker started: announce it and warm its boxes, in a thread of their own.

    `gpu`: it listens to the queue of that name.
    """
    global _signing, _gpu_worker
    _gpu_worker = gpu
    _closing.clear()
    _signing = threading.Thread(target=_sign_for_ever, name="sign-of-life", daemon=True)
    _signing.start()


def close() -> None:
    """Destroy every box of this process and take its sign down."""
    global _pool
    _closing.set()
    if _signing is not None:
        _signing.join(timeout=10)
    with _lock:
        if _pool is not None:
            if _slices is not None:
                _pool.run(_slices.devices.close())
            _pool.close()
            _pool = None


def _sign_for_ever() -> None:
    name = worker_name()
    selftest: dict[str, Any] = {}
    try:
        while not _closing.is_set():
            try:
                selftest = _sign(name, selftest)
            except DatabaseError as error:  # the database is away: say so, sign again when it is back
                log.warning("cannot sign: %s", error)
            except Exception:  # a sign must never stop because something looked at is broken
                log.exception("cannot sign")
            close_old_connections()
            _closing.wait(SIGN_EVERY_SECONDS)
        WorkerSign.objects.filter(name=name).delete()
    finally:
        close_old_connections()


def _sign(name: str, selftest: dict[str, Any]) -> dict[str, Any]:
    """Write the row once. Returns the self-test, which is made only when it is not there yet."""
    fields: dict[str, Any] = {"last_seen": Now(), "slots": settings.SLOTS, "trouble": ""}
    try:
        mine = pool()
        selftest = selftest or _selftest(mine)
        fields |= {
            "sandbox": mine.backend.name,
            "profiles": profiles(mine.backend),
            "lacking": lacking(),
            "metrics": to_json(mine.metrics()),
            "selftest": selftest,
        }
        if _gpu_worker:
            fields["gpus"] = gpus()
            fields["trouble"] = "" if fields["gpus"]["usable"] else fields["gpus"]["why_none"]
    except BoxError as error:
        log.error("this worker cannot grade: %s", error)
        fields["trouble"] = str(error)
    WorkerSign.objects.update_or_create(name=name, defaults=fields)
    return selftest


def gpus() -> dict[str, Any]:
    """The slices of this host for the page of the fleet: how each stands, what it did, and whether any can be
    had (`usable`). Raises BoxError."""
    try:
        mine = slices()
    except NoSlice as none:
        return {"problem": str(none), "why_none": str(none), "usable": 0, "slices": []}
    inventory = mine.devices.inventory()
    found = [
        {
            "uuid": slice_.uuid,
            "name": slice_.name,
            "memory_mb": slice_.memory_mb,
            **standing.to_json(),
            "history": [list(each) for each in standing.history[-MOST_TOLD:]],
        }
        for slice_, standing in mine.standings()
    ]
    fit = sum(each["state"] != State.QUARANTINED for each in found)
    return {
        "layer": mine.devices.name,
        "fake": mine.devices.fake,
        "driver": inventory.driver,
        "problem": inventory.problem,
        "why_none": mine.why_none(),
        "usable": 0 if inventory.problem else fit,
        "slices": found,
    }


def _selftest(mine: Pool) -> dict[str, Any]:
    """Which walls are up. A self-test that fails is shown as one; it stops no sign of life."""
    try:
        tried: dict[str, Any] = to_json(mine.run(mine.backend.selftest()))
    except Exception as error:
        log.exception("the self-test of %s failed", mine.backend.name)
        return {
            "sandbox": mine.backend.name,
            "usable": False,
            "reason": f"the self-test failed: {type(error).__name__}: {error}",
            "walls": [],
        }
    return tried
