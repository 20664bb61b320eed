"""What a learner is shown while a submission runs: text, figures and metrics, each of it bounded.

It is bounded twice: by how much a page can show, and by what a person could make us keep and compute by
asking for it again and again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from contextlib import suppress

from grader.grading.drawings import config, drawing
from grader.grading.job import Event
from grader.sandbox.cells import DRAWING, METRIC, PNG, Display
from grader.sandbox.drive import Drive
from grader.values.plaintext import printable
from grader.verdict import Json

OUTPUT_CHARS = 64_000
MOST_FIGURES = 16
MOST_PNG_BYTES = 3 * 1024 * 1024
"""What all figures of a submission take when they are kept."""
MOST_PIXEL_BYTES = 64 * 1024 * 1024
"""What all of them take inflated: a picture of a few kB may be one of hundreds of megabytes."""
MOST_METRICS = 2000
MOST_NAMES = 16
MOST_DRAWINGS = 200
MOST_DRAWN_BYTES = 1_000_000
MOST_CONFIGS = 4


class Shown:
    """Takes what comes from a learner's box, on the boxes' loop, and puts events for the learner.

    A figure is put raw and drawn later (`drawn`), where nobody else waits.
    """

    def __init__(self, put: Callable[[Event], None]) -> None:
        self.put = put
        self.showing = True  # false from the first hidden probe on, which comes after all open ones
        self.output: list[str] = []
        self.output_size = 0
        self.truncated = False
        self.figures = 0
        self.png_bytes = 0
        self.pixel_bytes = 0
        self.metrics = 0
        self.drawings = 0
        self.drawn_bytes = 0
        self.configs = 0

    def watch(self, drive: Drive) -> None:
        """Take what comes from a box while an open probe is asked, with new room for curves and drawings."""
        drive.on_output, drive.on_display = self.say, self.show
        self.metrics = self.drawings = self.drawn_bytes = self.configs = 0

    def say(self, text: str) -> None:
        """Output of the learner's box, while it may be shown."""
        if not self.showing or not text:
            return
        room = OUTPUT_CHARS - self.output_size
        if room <= 0:
            self.truncated = True
            return
        self.truncated = self.truncated or len(text) > room
        text = text[:room]
        self.output.append(text)
        self.output_size += len(text)
        self.put(Event("output", {"text": text}))

    def show(self, display: Display) -> None:
        """A figure, a metric or the text of a last expression, as long as it may be shown."""
        if not self.showing:
            return
        if display.mime == "text/plain":
            self.say(display.data.rstrip("\n") + "\n")
        elif display.mime in (METRIC, DRAWING):
            with suppress(ValueError, RecursionError):
                self._tracked(display.mime, json.loads(display.data))
        elif display.mime == PNG and self.figures < MOST_FIGURES:
            self.figures += 1
            self.put(Event("figure", {"raw": display.data}))

    def _tracked(self, mime: str, told: object) -> None:
        """What the run tracker told, if it has the form of that and there is room for more."""
        if mime == DRAWING:
            found = drawing(told) if self.drawings < MOST_DRAWINGS else None
            size = len(json.dumps(found))
            if found is not None and self.drawn_bytes + size <= MOST_DRAWN_BYTES:
                self.drawings += 1
                self.drawn_bytes += size
                self.put(Event("drawing", {"drawing": found}))
        elif isinstance(told, dict) and "config" in told:
            said = config(told["config"]) if self.configs < MOST_CONFIGS else None
            if said is not None:
                self.configs += 1
                self.put(Event("config", {"config": said}))
        else:
            point = metric(told) if self.metrics < MOST_METRICS else None
            if point is not None:
                self.metrics += 1
                self.put(Event("metric", {"metric": point}))

    def drawn(self, event: Event) -> Event | None:
        """A figure as it may be shown. Not on the loop, which all boxes share: it may take a while."""
        display = Display("image/png", str(event.data["raw"]))
        self.pixel_bytes += display.weight
        if self.pixel_bytes > MOST_PIXEL_BYTES or (png := display.png) is None:
            return None
        self.png_bytes += len(png)
        if self.png_bytes > MOST_PNG_BYTES:
            return None
        return Event("figure", {"png_base64": base64.b64encode(png).decode("ascii")})


def tracked(displays: Sequence[Display]) -> list[tuple[str, dict[str, Json]]]:
    """What the run tracker told among all that was displayed, as (kind, data) of events."""
    events: list[Event] = []
    taker = Shown(events.append)
    for display in displays:
        if display.mime in (METRIC, DRAWING):
            taker.show(display)
    return [(event.kind, event.data) for event in events]


def metric(told: object) -> dict[str, Json] | None:
    """What a box logged, if it has the form of a metric: a whole step and some named numbers."""
    if not isinstance(told, dict):
        return None
    step, values = told.get("step"), told.get("values")
    if type(step) is not int or abs(step) >= 2**53 or not isinstance(values, dict):
        return None
    kept: dict[str, Json] = {}
    for name, number in list(values.items())[:MOST_NAMES]:
        if number is not None and not (type(number) in (int, float) and abs(number) < 1e308):
            return None
        kept[printable(name, 40)] = None if number is None else float(number)
    return {"step": step, "values": kept}
