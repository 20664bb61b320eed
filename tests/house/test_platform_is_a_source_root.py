"""`platform/` shares its name with a module of the standard library: it must never become a package.

With an `__init__.py` in it, `uuid`, Django, Celery and pytest itself stop importing (docs/decisions).
"""

from __future__ import annotations

import platform
from pathlib import Path

from tests.house.repository import ROOT


def test_platform_holds_no_python_of_its_own() -> None:
    assert list((ROOT / "platform").glob("*.py")) == []


def test_the_only_package_in_platform_is_the_django_project() -> None:
    assert [path.parent.name for path in (ROOT / "platform").glob("*/__init__.py")] == ["zero_to_gpt"]


def test_import_platform_is_the_standard_librarys() -> None:
    assert platform.__file__ is not None
    assert ROOT not in Path(platform.__file__).resolve().parents
    assert platform.system() == "Linux"
