"""README.md is true: its settings table is the code's, its commands and paths exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest
from django.core.management import get_commands

from grader.sandbox.choose import NAMES
from grader.verdict import ProbeWord, State, Word
from tests.house.repository import ROOT, read
from zero_to_gpt.variables import VARIABLES, Variable

SCRIPT = {"PYTHONPATH", "CI"}
"""Variables of ./run and of Python itself."""

PAGES = ["README.md", "docs/authoring.md", "docs/operations.md"]

DOCUMENTS = ["README.md", *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md")))]


def row(variable: Variable) -> str:
    default = variable.default
    if isinstance(default, bool):
        shown = "`true`" if default else "`false`"
    else:
        shown = f"`{default}`" if default not in ("", []) else ""
    return f"| `{variable.name}` | {shown} | {variable.meaning} |"


def test_the_settings_table_is_the_codes() -> None:
    table = "\n".join(["| variable | default | meaning |", "|---|---|---|", *map(row, VARIABLES)])
    found = re.search(r"<!-- settings -->\n(.*)\n<!-- /settings -->", read("README.md"), re.DOTALL)
    assert found is not None
    assert found.group(1).strip() == table


def commands(document: str) -> list[str]:
    """Every command line of a page: in fences of shell, and in `code`, split at && and ;"""
    text = read(document)
    fenced = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    lines = fenced.splitlines() + re.findall(
        r"`((?:[A-Z]+=\S+ )*(?:\./run|python|docker-compose) [^`]+)`", prose
    )
    whole = [line.split("  #")[0].strip() for line in lines]
    return [part.strip() for line in whole if line for part in re.split(r"&&|;|\|\|", line)]


def words(command: str) -> list[str]:
    """The command without the variables that are set before it."""
    split = shlex.split(command)
    while split and re.fullmatch(r"[A-Z_]+=.*", split[0]):
        split.pop(0)
    return split


def asked(*prefix: str) -> list[tuple[str, str]]:
    """(page, word after the prefix) for every command that starts with the prefix."""
    found = []
    for page in PAGES:
        for command in commands(page):
            split = words(command)
            if tuple(split[: len(prefix)]) == prefix:
                found.append((page, split[len(prefix)] if len(split) > len(prefix) else ""))
    return found


def test_every_word_of_run_exists() -> None:
    script = read("run")
    cases = script[script.rindex('case "${1:-}" in') :]
    known = {
        word for names in re.findall(r"^    ([\w |]+)\)", cases, re.MULTILINE) for word in names.split(" | ")
    }
    named = asked("./run")
    assert len(named) > 5
    assert [where for where in named if where[1] and where[1] not in known] == []


def test_every_kind_of_test_exists() -> None:
    found = re.search(r'local kinds="([^"]+)"', read("tests/run.sh"))
    assert found is not None
    kinds = {*found.group(1).split(), "quick", ""}
    assert [where for where in asked("./run", "test") if where[1] not in kinds] == []


def test_every_management_command_exists() -> None:
    known = get_commands()
    named = asked("python", "manage.py")
    assert named
    assert [where for where in named if where[1] not in known] == []


def test_every_word_of_the_grader_exists() -> None:
    named = asked("python", "-m", "grader")
    assert named
    for _, word in sorted(set(named)):
        shown = subprocess.run(
            [sys.executable, "-m", "grader", word, "--help"],
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        assert shown.returncode == 0, shown.stderr


def test_every_variable_that_a_page_sets_exists() -> None:
    compose = set(re.findall(r"\$\{([A-Z_]+)", read("docker-compose.yml")))
    known = {variable.name for variable in VARIABLES} | SCRIPT | compose
    named = {(page, name) for page in PAGES for name in re.findall(r"[`\s]([A-Z_]{3,})=", read(page))}
    assert [where for where in sorted(named) if where[1] not in known] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    folder = (ROOT / document).parent
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", read(document))
    assert [link for link in links if "://" not in link and not (folder / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_is_named_exists(document: str) -> None:
    """A word in `code` that starts with one of our folders, unless it is only an example (09-mine)."""
    paths = re.findall(
        r"(?<![\w/])((?:platform|grader|sandbox_images|exercises|tests|docs)/[\w./-]*)", read(document)
    )
    missing = {path for path in paths if not (ROOT / path).exists()}
    assert {path for path in missing if "/09-m" not in path} == set()


def test_readme_names_the_demo_people_of_the_code() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "platform").rglob("*.py"))
    people = set(re.findall(r"`(\w+@example\.\w+)`", read("README.md")))
    assert len(people) == 3
    assert [person for person in people if person not in sources] == []


def test_the_glossary_has_every_word_that_a_person_can_meet() -> None:
    glossary = read("docs/glossary.md")
    closed = {*(word.value for kind in (State, Word, ProbeWord) for word in kind), *NAMES}
    assert {word for word in closed if f"`{word}`" not in glossary} == set()
    terms = re.findall(r"(?m)^\| ((?:\*\*[\w -]+\*\*(?:, )?)+)", glossary)
    each = [term for row in terms for term in re.findall(r"\*\*([\w -]+)\*\*", row)]
    assert len(each) == len(set(each)) > 50  # no word has two meanings
