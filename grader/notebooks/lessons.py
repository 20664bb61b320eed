"""A lesson's cells, executed in a box when it is published, and what they showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.grading.outcome import error_report
from grader.grading.shown import tracked
from grader.sandbox.box import Death, Profile
from grader.sandbox.cells import DARK_PNG, PNG, CellEnd, Display
from grader.sandbox.drive import Drive
from grader.sandbox.pool import Pool
from grader.verdict import ErrorReport, Json


@dataclass(frozen=True)
class CellOutputs:
    """What one lesson cell showed. `dark_pngs`: its figures once more, for a dark page; `drawn`: what it told
    the run tracker, as (kind, data) of events."""

    stdout: str = ""
    text: tuple[str, ...] = ()
    pngs: tuple[bytes, ...] = ()
    dark_pngs: tuple[bytes, ...] = ()
    drawn: tuple[tuple[str, dict[str, Json]], ...] = ()
    error: ErrorReport | None = None


def run_notebook(
    cells: Sequence[str], pool: Pool, profile: Profile, *, seconds: float = 30.0, memory_mb: int = 1024
) -> list[CellOutputs]:
    """Execute a lesson's cells in order, in one box; stops at the first error and returns it."""
    return pool.run(_run_notebook(list(cells), pool, profile, seconds, memory_mb))


async def _run_notebook(
    cells: list[str], pool: Pool, profile: Profile, seconds: float, memory_mb: int
) -> list[CellOutputs]:
    box = await pool.lease(profile)
    try:
        drive = Drive(box, output_kb=1024, on_output=None)
        await drive.limits(memory_mb=memory_mb, seed=0)
        outputs: list[CellOutputs] = []
        for number, cell in enumerate(cells):
            run = await drive.cell(cell, filename=f"<cell {number + 1}>", deadline=seconds, twice=True)
            error = error_report(run.error) if run.error is not None else None
            if run.end is not CellEnd.FINISHED and error is None:
                memory = box.death() is Death.OUT_OF_MEMORY
                error = ErrorReport(
                    type="OutOfMemory" if memory else run.end.value,
                    message=f"cell {number + 1} did not finish ({run.end.value})",
                )
            shown = run.displays
            outputs.append(
                CellOutputs(
                    stdout=run.stdout,
                    text=tuple(display.data for display in shown if display.mime == "text/plain"),
                    pngs=_pictures(shown, PNG),
                    dark_pngs=_pictures(shown, DARK_PNG),
                    drawn=tuple(tracked(shown)),
                    error=error,
                )
            )
            if error is not None:
                break
        return outputs
    finally:
        await box.kill()


def _pictures(shown: Sequence[Display], mime: str) -> tuple[bytes, ...]:
    return tuple(png for display in shown if display.mime == mime and (png := display.png) is not None)
