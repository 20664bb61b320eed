"""The library folders: what a box of each profile can import, built once by pip from pinned lists.

A folder is named by its profile and a digest of everything that went into it, is built beside its
final place and renamed into it, and is never changed afterwards. Two processes may build at once: the
first rename wins and the other throws its own away.
"""

from __future__ import annotations

import compileall
import contextlib
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from grader.sandbox.box import BoxError, Profile
from grader.sandbox.owners import is_somebody_at, own_prefix

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "sandbox_images" / "profiles"
INSIDE = ROOT / "sandbox_images" / "inside"
WITH_GPU = ROOT / "sandbox_images" / "gpu"

DOWNLOAD_MB = {
    Profile.NUMPY: 60,
    Profile.TORCH: 260,
    Profile.GPU: 3000,
    Profile.AUTHOR: 110,
    Profile.AUTHOR_TORCH: 310,
}
"""About what pip fetches with a CPU wheel of torch. PyPI's own Linux wheel brings several GB of CUDA."""

PARTS = {Profile.AUTHOR_TORCH: (Profile.AUTHOR, Profile.TORCH)}
"""Profiles that hold what others hold together: their folders are links, and nothing is fetched for them."""

TITLES = {
    Profile.NUMPY: "NumPy",
    Profile.TORCH: "PyTorch",
    Profile.GPU: "PyTorch for GPUs",
    Profile.AUTHOR: "scikit-learn",
    Profile.AUTHOR_TORCH: "PyTorch",
}
"""What a learner knows a profile by: its largest library."""

IMPORTED = {
    Profile.NUMPY: ("numpy", "matplotlib"),
    Profile.TORCH: ("numpy", "torch"),
    Profile.GPU: ("numpy", "torch"),
    Profile.AUTHOR: ("numpy", "scipy", "sklearn"),
    Profile.AUTHOR_TORCH: ("numpy", "torch", "scipy", "sklearn"),
}
"""What must be importable before a folder counts as built."""


def pins(profile: Profile) -> Path:
    return PINS / f"{profile}.txt"


def python_version() -> str:
    return platform.python_version()


@cache
def _digest(profile: Profile) -> str:
    parts = [pins(profile).read_bytes(), python_version().encode(), platform.machine().encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


@cache
def inside_digest(*, gpu: bool = False) -> str:
    """Of the only code of ours that is in a box. One with a GPU has more of it."""
    digest = hashlib.sha256()
    for path in [*sorted(INSIDE.glob("*.py")), *(sorted(WITH_GPU.glob("*.py")) if gpu else [])]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def box_digest(profile: Profile) -> str:
    """All code and libraries in a box: ours, the pinned list, Python and machine. The same for every
    back-end, since a verdict must not depend on the walls."""
    return f"{profile}-{_digest(profile)}-{inside_digest(gpu=profile is Profile.GPU)}"


@cache
def versions(profile: Profile) -> Mapping[str, str]:
    """Name and version of Python and of every pinned library."""
    lines = [line.split("#")[0].strip() for line in pins(profile).read_text().splitlines()]
    named = dict(line.split("==", 1) for line in lines if "==" in line)
    return {"python": python_version()} | named


def folder(profile: Profile, home: Path) -> Path:
    return home / "libraries" / f"{profile}-{_digest(profile)}"


def has(profile: Profile, home: Path) -> bool:
    return folder(profile, home).is_dir()


def parts(profile: Profile) -> tuple[Profile, ...]:
    """The profiles whose folders together are this one's; none for one that pip fetches itself."""
    together = PARTS.get(profile, ())
    lists = [pins(part).read_text().split() for part in together]
    return together if set().union(*lists) == set(pins(profile).read_text().split()) else ()


def to_fetch_mb(profile: Profile, home: Path) -> int:
    """About how many MB pip still has to fetch before the profile can be had here."""
    if has(profile, home):
        return 0
    return sum(to_fetch_mb(part, home) for part in parts(profile)) or DOWNLOAD_MB[profile]


def lacking(profile: Profile, home: Path) -> str:
    """Why a profile is not there, a sentence for a page; empty if it is there."""
    if has(profile, home):
        return ""
    if inner := [found for part in parts(profile) if (found := lacking(part, home))]:
        return max(inner, key=lambda found: found.startswith(_COULD_NOT))
    refused, failed = _beside(profile, home, "refused"), _beside(profile, home, "failed")
    if told := next((path.read_text() for path in (refused, failed) if path.exists()), ""):
        return f"{_COULD_NOT} {TITLES[profile]} on this machine. {told}"
    size = f"{TITLES[profile]} (about {to_fetch_mb(profile, home)} MB)"
    if is_somebody_at(folder(profile, home).parent, _building(profile)):
        return f"{size} is being fetched."
    return f"{size} is not here yet."


_COULD_NOT = "We could not fetch"


def _building(profile: Profile) -> str:
    return f".building-{folder(profile, Path()).name}-"


def _beside(profile: Profile, home: Path, what: str) -> Path:
    final = folder(profile, home)
    return final.with_name(f"{final.name}.{what}")


def ensure(profile: Profile, home: Path, progress: Callable[[str], None] = print) -> Path:
    """The folder of a profile, built by pip if it is not there. Raises BoxError with pip's last words."""
    final = folder(profile, home)
    if final.is_dir():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    refused = _beside(profile, home, "refused")  # so that gigabytes are not fetched in vain at every start
    if refused.exists():
        raise BoxError(
            f"{refused.read_text()} Delete {refused.name} in {refused.parent} to fetch them again."
        )
    failed = _beside(profile, home, "failed")
    together = [ensure(part, home, progress) for part in parts(profile)]
    if not together:
        megabytes = DOWNLOAD_MB[profile]
        progress(f"Fetching the libraries of the {profile} profile (about {megabytes} MB, once) ...")
    building = Path(tempfile.mkdtemp(prefix=own_prefix(final.parent, _building(profile)), dir=final.parent))
    failed.unlink(missing_ok=True)
    try:
        for part in together:
            shutil.copytree(part, building, copy_function=_link, dirs_exist_ok=True)
        if not together:
            _fetch(building, profile, failed, progress)
        building.chmod(0o755)
        if problem := _cannot_be_imported(profile, building):
            refused.write_text(problem)
            raise BoxError(problem)
        with contextlib.suppress(OSError):  # the other builder was first
            building.rename(final)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    if not final.is_dir():
        raise BoxError(f"the libraries of the {profile} profile could not be put in {final}")
    progress(f"The {profile} profile is ready.")
    return final


def _fetch(building: Path, profile: Profile, failed: Path, progress: Callable[[str], None]) -> None:
    """Fill a folder by pip and compile what is in it. What pip said in vain is kept in `failed`."""
    try:
        _pip(building, pins(profile))
    except BoxError as error:
        failed.write_text(f"{str(error)[:1].upper()}{str(error)[1:]}")
        raise
    shutil.rmtree(building / "bin", ignore_errors=True)
    progress(f"Compiling the libraries of the {profile} profile ...")
    compileall.compile_dir(building, quiet=2, workers=os.cpu_count() or 1, stripdir=str(building))
    for path in building.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)


def _link(source: str, target: str) -> None:
    with contextlib.suppress(FileExistsError):  # what both parts have is the same
        os.link(source, target)


def _cannot_be_imported(profile: Profile, folder: Path) -> str:
    """Why boxes with this folder would never start; empty if they would."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); [__import__(name) for name in sys.argv[2:]]"
    command = [sys.executable, "-I", "-B", "-c", code, str(folder), *IMPORTED[profile]]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0:
        return ""
    last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    hint = (
        " A CUDA wheel of torch needs NVIDIA's packages: choose a CPU wheel (set PIP_INDEX_URL or"
        " PIP_EXTRA_INDEX_URL to an index of CPU wheels, or PIP_FIND_LINKS to a folder with one;"
        " docs/operations.md)."
    )
    return (
        f"The libraries of the {profile} profile were fetched but cannot be imported: {last}."
        f"{hint if 'torch' in IMPORTED[profile] else ''}"
    )


def _pip(target: Path, pinned: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target), "--no-deps"]
    command += ["--disable-pip-version-check", "--no-compile", "--only-binary", ":all:", "-r", str(pinned)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["pip failed"]
        raise BoxError(f"pip could not fetch the libraries: {re.sub(r'https?://[^ ]+', '...', errors[-1])}")
