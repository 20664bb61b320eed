"""What a killed process left behind is removed; what somebody else still uses is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.cgroups import Groups
from grader.sandbox.owners import is_gone, mine, run_folder

LEAVE = "from grader.sandbox.owners import run_folder\nprint(run_folder())"


def leave(home: Path) -> Path:
    """The run folder of a process that has ended without cleaning up."""
    root = Path(__file__).resolve().parents[2]
    environment = {"PYTHONPATH": f"{root}/platform:{root}", "TMPDIR": str(home)}
    command = [sys.executable, "-c", LEAVE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def test_the_folder_of_a_dead_process_goes_with_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = leave(tmp_path)
    others = tmp_path / "zg-f00d-1-2-elsewhere"  # of another pid namespace, where we cannot look
    others.mkdir()
    assert left.is_dir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kept = run_folder()
    assert not left.exists()
    assert kept.is_dir()
    assert others.is_dir()
    assert run_folder() != kept
    assert kept.is_dir()


def test_a_process_is_gone_only_if_it_can_be_seen_to_be() -> None:
    namespace, pid, start = mine().split("-")
    assert not is_gone(mine())
    assert is_gone(f"{namespace}-{pid}-{int(start) + 1}")
    assert is_gone(f"{namespace}-4194303-{start}")
    for foreign in (f"f00d-{pid}-1", "", "one", "a-b-c", f"{mine()}-more"):
        assert not is_gone(foreign)


def version_two(root: Path) -> None:
    root.mkdir()
    (root / "cgroup.controllers").write_text("memory pids cpu")
    (root / "cgroup.subtree_control").write_text("")


def test_groups_are_used_only_where_they_can_be_written(tmp_path: Path) -> None:
    assert Groups.open(tmp_path) is None  # no control groups at all
    root = tmp_path / "cgroup"
    version_two(root)
    groups = Groups.open(root)
    assert groups is not None
    group = groups.make(memory_mb=64, processes=8, cpus=0.5)
    folder = group.folders["memory"]
    written = {name: (folder / name).read_text() for name in ("memory.max", "pids.max", "cpu.max")}
    assert written == {"memory.max": str(64 << 20), "pids.max": "8", "cpu.max": "50000 100000"}
    assert (root / "zero-to-gpt" / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"
    assert group.peak_mb() is None
    (folder / "memory.peak").write_text(str(5 << 20))
    (folder / "memory.events").write_text("low 0\noom 1\noom_kill 2\n")
    assert group.peak_mb() == 5
    assert group.ran_out()
