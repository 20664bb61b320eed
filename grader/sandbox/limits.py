"""The sizes of a box by profile, and how long each may take to become ready."""

from __future__ import annotations

from grader.sandbox.box import AUTHORS, Limits, Profile

STUDENT = Limits()
AUTHOR = Limits(memory_mb=2048, processes=64, files_mb=256)

READY_SECONDS = {
    Profile.NUMPY: 30.0,
    Profile.TORCH: 90.0,
    Profile.GPU: 180.0,
    Profile.AUTHOR: 30.0,
    Profile.AUTHOR_TORCH: 90.0,
}
"""Generous: a cold disk reads hundreds of megabytes for torch."""

BASELINE_MB = {
    Profile.NUMPY: 64,
    Profile.TORCH: 320,
    Profile.GPU: 1024,
    Profile.AUTHOR: 192,
    Profile.AUTHOR_TORCH: 512,
}
"""What a kernel and its libraries take when they are loaded for one box alone."""


def default(profile: Profile) -> Limits:
    return AUTHOR if profile in AUTHORS else STUDENT
