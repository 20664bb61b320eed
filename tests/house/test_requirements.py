"""requirements*.txt: exact pins, no addresses, and nothing in the .in files that was not compiled."""

from __future__ import annotations

import json
import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.repository import read

FILES = ["requirements", "requirements-dev"]


def lines(name: str) -> list[str]:
    stripped = (line.split("#")[0].strip() for line in read(name).splitlines())
    return [line for line in stripped if line and not line.startswith("-")]


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_an_exact_pin(name: str) -> None:
    assert [
        line for line in lines(f"{name}.txt") if not re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.!+]+", line)
    ] == []


@pytest.mark.parametrize("name", FILES)
def test_what_is_asked_for_is_pinned_as_asked(name: str) -> None:
    pinned = {canonicalize_name(Requirement(line).name): line.split("==")[1] for line in lines(f"{name}.txt")}
    wrong = []
    for line in lines(f"{name}.in"):
        asked = Requirement(line)
        version = pinned.get(canonicalize_name(asked.name))
        if version is None or not asked.specifier.contains(version, prereleases=True):
            wrong.append(f"{line}: pinned {version}")
    assert wrong == []


def test_the_servers_own_environment_has_no_torch() -> None:
    """torch lives in a box's library folder only: our processes never import it."""
    assert [line for name in FILES for line in lines(f"{name}.txt") if line.startswith("torch")] == []


def test_the_browsers_lock_names_every_platform() -> None:
    """`npm ci` refuses a lock without the optional packages of platforms that it would not even install."""
    packages = json.loads(read("package-lock.json"))["packages"]
    optional = {name for entry in packages.values() for name in entry.get("optionalDependencies", {})}
    assert optional
    assert [name for name in sorted(optional) if f"node_modules/{name}" not in packages] == []


def test_the_browsers_lock_names_no_address() -> None:
    packages = json.loads(read("package-lock.json"))["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
