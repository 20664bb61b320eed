"""Figures: a case with its spread and its bar, and the machine they were taken on."""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Unmeasurable(Exception):
    """This case cannot be measured on this machine now; the message is the note that is printed."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One row. `bar` reads "p50 <= 60, p95 <= 150" and is met or not; None is a figure without a bar."""

    name: str
    unit: str
    p50: float
    p95: float
    low: float
    high: float
    n: int
    bar: str | None = None
    met: bool | None = None

    def to_json(self) -> dict[str, Any]:
        row = {"name": self.name, "unit": self.unit, "p50": self.p50, "p95": self.p95, "min": self.low}
        return row | {"max": self.high, "n": self.n, "bar": self.bar, "met": self.met}


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie, by linear interpolation."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def case(name: str, values: Sequence[float], *, unit: str = "ms", bar: str | None = None) -> Case:
    """A case of measured values. A bar is one or two of "p50 <= X", "p95 <= X", "p50 >= X".

    Raises ValueError for a bar of another form, so that none is met by being misspelt.
    """
    figures = {"p50": statistics.median(values), "p95": percentile(values, 0.95)}
    met = None
    if bar is not None:
        parts = re.findall(r"(p50|p95) (<=|>=) ([\d.]+)", bar)
        if not parts or bar != ", ".join(" ".join(part) for part in parts):
            raise ValueError(f"not a bar: {bar!r}")
        met = all(
            figures[which] <= float(limit) if sign == "<=" else figures[which] >= float(limit)
            for which, sign, limit in parts
        )
    return Case(
        name=name,
        unit=unit,
        p50=round(figures["p50"], 3),
        p95=round(figures["p95"], 3),
        low=round(min(values), 3),
        high=round(max(values), 3),
        n=len(values),
        bar=bar,
        met=met,
    )


def ratio(name: str, slow: Sequence[float], fast: Sequence[float], *, bar: str | None = None) -> Case:
    """How many times slower, pair by pair: the pairs were taken in turns, so noise hits both of a pair."""
    return case(name, [a / b for a, b in zip(slow, fast, strict=True)], unit="times", bar=bar)


def machine(**more: str) -> dict[str, Any]:
    """What the figures depend on: processor, memory, kernel, versions, revision of this repository."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    revision = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    return {
        "cpu": cpu.group(1) if cpu else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory.group(1)) / 2**20, 1) if memory else None,
        "load_before": round(os.getloadavg()[0], 2),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "revision": revision.stdout.strip(),
        "versions": {name: metadata.version(name) for name in ("numpy", "nbclient", "Django", "celery")},
        **more,
    }
