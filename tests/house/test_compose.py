"""docker-compose.yml and .dockerignore: no secret in an image, and boxes prepared for what is shipped."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

import yaml

from grader.commands.sandbox import CURRICULUM
from tests.house.repository import ROOT, read
from zero_to_gpt.variables import VARIABLES


def ignored(path: str) -> bool:
    """Whether the build leaves a file at the root out, by Docker's rules: the last line that fits decides."""
    out = False
    for line in read(".dockerignore").split():
        if fnmatch.fnmatchcase(path, line.removeprefix("!")):
            out = not line.startswith("!")
    return out


def test_no_environment_file_is_baked_into_the_image() -> None:
    assert "COPY . ." in read("Dockerfile")
    assert [name for name in (".env", ".env.production", "var", ".git") if not ignored(name)] == []
    assert [name for name in ("manage.py", "run", "platform", "grader", "exercises") if ignored(name)] == []


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(read("docker-compose.yml"))["services"]
    return found


def test_the_boxes_are_prepared_for_the_shipped_curriculum() -> None:
    assert services()["sandbox"]["command"] == ["python", "-m", "grader", "sandbox", "--prepare", CURRICULUM]


def test_every_variable_of_a_service_is_in_the_table() -> None:
    known = {variable.name for variable in VARIABLES} | {"TMPDIR"}
    for name, service in services().items():
        if name != "database":
            environment = service.get("environment", {})
            assert isinstance(environment, dict)
            assert set(environment) <= known, name


def test_what_wants_a_gpu_is_graded_by_one_service_that_has_it_and_is_started_on_request() -> None:
    found = services()
    heard = {
        name: service["command"][service["command"].index("-Q") + 1].split(",")
        for name, service in found.items()
        if "-Q" in (service.get("command") or [])
    }
    assert heard == {"worker": ["cpu", "regrade", "authors"], "worker-gpu": ["gpu"]}
    gpu = found["worker-gpu"]
    assert gpu["profiles"] == ["gpu"]
    (device,) = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu", "utility"]}
    assert [name for name, service in found.items() if "deploy" in service] == ["worker-gpu"]


def test_the_image_serves_with_our_own_bounds() -> None:
    """uvicorn's own command knows no bound on slow headers."""
    commands = re.findall(r"^CMD (.+)$", read("Dockerfile"), re.MULTILINE)
    assert [command for command in commands if '"zero_to_gpt.server"' not in command] == []
    assert "command" not in services()["web"]
    assert (ROOT / "platform/zero_to_gpt/server.py").is_file()
