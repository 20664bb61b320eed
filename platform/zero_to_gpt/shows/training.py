"""Runs the show in a box that yields to all others, and keeps what it tells."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

from grader.grading.job import Event
from grader.grading.shown import Shown
from grader.sandbox.box import Box, BoxError, Profile
from grader.sandbox.cells import CellEnd, Display
from grader.sandbox.drive import Drive
from grader.sandbox.pool import Pool
from zero_to_gpt.catalog.models import Lesson
from zero_to_gpt.fleet.watch import Watch
from zero_to_gpt.shows import services
from zero_to_gpt.shows.models import Show

log = logging.getLogger(__name__)

PROGRAM = Path(__file__).parent / "program" / "tiny_gpt.py"
MOST_CHARACTERS = 300_000
LEAST_CHARACTERS = 20_000
MOST_SECONDS = 180.0
"""Of charged time; the program itself stops after 100 s of its own clock."""
MEMORY_MB = 1024
TELL_SECONDS = 0.5
_CODE = re.compile(r"```.*?```|\$\$.*?\$\$|\$[^$\n]*\$", re.DOTALL)
_LINES = re.compile(r"^(?:#|!!!|\||>|---).*$", re.MULTILINE)
_LINKS = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_OTHER = re.compile(r"[^a-z0-9 .,:;?!'()-]")


def text() -> str:
    """What the model reads: the prose of this site's own lessons, small letters, nothing else.

    Code, formulas, tables and headings are left out. Raises BoxError when that is too little to learn from.
    """
    lessons = Lesson.objects.filter(published=True, module__published=True, module__course__shipped=True)
    parts = []
    for source in lessons.values_list("source", flat=True):
        prose = _LINKS.sub(r"\1", _LINES.sub("", _CODE.sub("", source)))
        parts.append(_OTHER.sub("", " ".join(prose.lower().split())))
    prose = re.sub(" +", " ", " ".join(parts))[:MOST_CHARACTERS]
    if len(prose) < LEAST_CHARACTERS:
        raise BoxError("there are too few lessons to learn from")
    return prose


def run(show: Show, pool: Pool, *, going_on: Callable[[], bool] = lambda: True) -> None:
    """Train, and tell; a fault of ours ends the show with a reason."""
    began = time.monotonic()
    waiting: list[tuple[float, str, dict[str, object]]] = []
    lock = threading.Lock()
    ours = threading.Event()
    ours.set()
    boxes: list[Box] = []

    def put(event: Event) -> None:
        with lock:
            waiting.append((time.monotonic() - began, event.kind, event.data))

    def flush() -> None:
        with lock:
            told, waiting[:] = list(waiting), []
        if not (services.tell(show, told) and going_on()):
            ours.clear()
            for box in boxes:
                pool.run(box.kill())

    try:
        with Watch(flush, every=TELL_SECONDS):
            trouble = pool.run(_train(pool, text(), Shown(put), boxes))
        flush()
    except BoxError as error:
        trouble = str(error)
    except Exception as error:  # ours, and never in silence: visitors see the recording
        log.exception("%s", show)
        trouble = f"{type(error).__name__}: {error}"
    if trouble and ours.is_set():
        log.error("%s: %s", show, trouble)
    services.end(show, trouble=trouble)


async def _train(pool: Pool, read: str, shown: Shown, boxes: list[Box]) -> str:
    """Empty when it ran to its end, otherwise what went wrong."""
    box = await pool.lease(Profile.TORCH)
    boxes.append(box)
    try:
        box.yield_to_others()
        display: Callable[[Display], None] = shown.show
        drive = Drive(box, output_kb=4096, on_output=shown.say, on_display=display)
        await drive.limits(memory_mb=MEMORY_MB, seed=0)
        cells = (f"TEXT = {read!r}", PROGRAM.read_text())
        for cell in cells:
            done = await drive.cell(cell, filename=PROGRAM.name, deadline=MOST_SECONDS)
            if done.end is not CellEnd.FINISHED or done.error is not None:
                return str(done.error.message if done.error is not None else done.end.value)
        return ""
    finally:
        await box.kill()
