"""What may not stand in a committed file: paths of one machine, addresses of registries, to-dos, giants."""

from __future__ import annotations

import re

import pytest

from tests.house.repository import ROOT, texts

HOSTS = [
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("yarnpkg", "com"),
    ("ghcr", "io"),
    ("quay", "io"),
    ("gcr", "io"),
    ("deb.debian", "org"),
    ("jsdelivr", "net"),
    ("unpkg", "com"),
]
"""Joined below, so that this file does not name them."""


def matches(pattern: str) -> list[str]:
    found = []
    for path, text in texts().items():
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{path}:{number}: {line.strip()[:120]}")
    return found


@pytest.mark.parametrize("host", HOSTS, ids="-".join)
def test_no_registry_is_named(host: tuple[str, str]) -> None:
    """Where packages come from is the business of the machine that installs them."""
    assert matches(r"\b" + re.escape(".".join(host)) + r"\b") == []


def test_no_image_registry_is_named() -> None:
    """`docker.io` is a Debian package; with a slash or a port behind it, it is a host."""
    assert matches(r"\bdocker\.io[/:]\w|\bregistry-1\.docker|\bindex\.docker") == []


@pytest.mark.parametrize("folder", ["root", "home", "work", "farm", "Users", "opt"])
def test_no_path_of_one_machine_is_named(folder: str) -> None:
    """Tests of hostile code may name a victim's folder; nothing else may name one."""
    found = matches(rf"(?<![\w./:<])/{folder}/\w")
    assert [line for line in found if not line.startswith("tests/boxes/")] == []


def test_nothing_is_left_for_later() -> None:
    words = ["TO" + "DO", "FIX" + "ME", "X" * 3]
    assert matches(r"\b(" + "|".join(words) + r")\b") == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    """A test that needs an engine fails where the engine should be: a skip would hide its absence. But a card
    need not be anywhere: tests/gpu says in one place what this host lacks."""
    found = matches(r"pytest\.(skip|importorskip|xfail|mark\.(skip|skipif|xfail))\b")
    kept = [line for line in found if not line.startswith("tests/house/test_committed_files.py")]
    assert [line.partition(":")[0] for line in kept] == ["tests/gpu/conftest.py"]


def test_no_source_file_is_a_giant() -> None:
    long = {
        str(path): text.count("\n")
        for path, text in texts().items()
        if path.suffix in {".py", ".ts", ".mjs", ".css", ".html", ".sh"} and text.count("\n") > 650
    }
    assert long == {}


def test_every_folder_with_tests_is_a_package_all_the_way_up() -> None:
    """Default import mode and packages all the way down: the one arrangement that `platform/` allows."""
    tests = [
        path for path in texts() if path.parts[0] == "tests" and path.name.startswith(("test_", "conftest"))
    ]
    folders = {folder for path in tests for folder in path.parents if folder.parts}
    assert [folder for folder in sorted(folders) if not (ROOT / folder / "__init__.py").is_file()] == []
