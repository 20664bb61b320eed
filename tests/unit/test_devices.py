"""Slices: leased to one, renewed between two jobs, in quarantine when anything is wrong. On fake ones."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from grader.sandbox import devices, fake_card
from grader.sandbox.box import BoxError, Profile
from grader.sandbox.devices import GONE, DeviceFault, Inventory, NoSlice, Slices, State
from grader.sandbox.fakes import FAULTS, FILE_MB, PATTERN, FakeDevices, Fault
from grader.sandbox.limits import default

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = ROOT / "docs" / "operations.md"


@pytest.fixture
def two(tmp_path):
    return Slices(FakeDevices(tmp_path, 2), tmp_path)


@pytest.fixture
def one(tmp_path):
    return Slices(FakeDevices(tmp_path, 1), tmp_path)


def only(slices):
    ((slice_, standing),) = slices.standings()
    return slice_, standing


def said(slices):
    return [what for _, what in only(slices)[1].history]


def test_the_known_kernel_has_the_result_that_numpy_finds():
    i = np.arange(fake_card.SIZE)
    a, b = (3 * i[:, None] + i) % 7, (i[:, None] + 5 * i) % 11
    assert (a @ b).tolist() == fake_card.product(fake_card.SIZE)
    assert int((a @ b).sum()) == fake_card.RIGHT


class Slow:
    """A back-end whose boxes take their time."""

    def __init__(self):
        self.client = SimpleNamespace()
        self.killed = 0

    async def make(self, *_):
        await asyncio.sleep(0.2)
        return self

    async def kill(self):
        self.killed += 1


@pytest.mark.parametrize("most, fault", [(5.0, ""), (0.05, "a box on it was not made within 0 s")])
def test_a_job_is_not_over_while_a_box_is_made_for_it(one, monkeypatch, most, fault):
    monkeypatch.setattr(devices, "MADE_SECONDS", most)
    slow = Slow()

    async def go():
        work = devices.Work(one.lease("a job"))
        making = asyncio.ensure_future(work.make(slow, Profile.GPU, default(Profile.GPU)))
        await asyncio.sleep(0.01)
        assert await work.over() == fault
        await making
        work.lease.end()

    asyncio.run(go())
    assert slow.killed == (not fault)


def test_a_slice_is_leased_to_one_job_at_a_time(two):
    first, second = two.lease("job 1"), two.lease("job 2")
    assert first.slice != second.slice
    with pytest.raises(NoSlice, match="Every slice is in use"):
        two.lease("job 3")
    first.end()
    third = two.lease("job 3")
    assert third.slice == first.slice
    third.end()
    second.end()
    assert [standing.state for _, standing in two.standings()] == [State.FREE, State.FREE]


def test_threads_and_other_registries_of_one_process_exclude_each_other(tmp_path):
    mine, other = (Slices(FakeDevices(tmp_path, 1), tmp_path) for _ in range(2))
    lease = mine.lease("job 1")
    with pytest.raises(NoSlice):
        other.lease("job 2")
    waited = []
    thread = threading.Thread(target=lambda: waited.append(other.lease("job 2", wait=20)))
    thread.start()
    time.sleep(0.2)
    assert waited == []
    lease.end()
    thread.join()
    waited[0].end()
    assert only(mine)[1].jobs == 2


HOLDER = """
import sys, time
from pathlib import Path
from grader.sandbox.devices import Slices
from grader.sandbox.fakes import FakeDevices
folder = Path(sys.argv[1])
lease = Slices(FakeDevices(folder, 1), folder).lease("job of another process")
print(lease.slice.uuid, flush=True)
time.sleep(60)
"""


def test_a_killed_holder_leaves_a_slice_that_is_renewed_before_anybody_has_it(one, tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ) as holder:
        assert holder.stdout.readline() == b"fake-0\n"
        with pytest.raises(NoSlice):
            one.lease("mine")
        slice_, standing = only(one)
        assert (standing.state, standing.job) == (State.LEASED, "job of another process")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert only(one)[1].state is State.LEFT
    assert PATTERN in one.devices.memory(slice_).read_bytes()
    renewed = []
    renew = one.devices.renew
    one.devices.renew = lambda *given: renewed.append(given) or renew(*given)
    lease = one.lease("mine")
    assert len(renewed) == 1
    lease.end()
    assert only(one)[1].state is State.FREE


def test_a_wipe_that_a_killed_worker_began_beside_is_no_residue(tmp_path, monkeypatch):
    memory = tmp_path / "card.memory"
    memory.write_bytes(b"x" * 1000)

    def half(path, data):
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])

    monkeypatch.setattr(Path, "write_bytes", half)
    assert fake_card.main(str(memory), "") == {"wiped_mb": 0, "total": fake_card.RIGHT}


def test_nothing_of_one_job_is_in_the_memory_that_the_next_one_gets(one):
    """Fills and searches: the layer fills the memory when a job begins, as a job does."""
    seen = []
    begin = one.devices.begin

    def watched(slice_):
        seen.append(one.devices.memory(slice_).read_bytes())
        begin(slice_)

    one.devices.begin = watched
    for job in range(3):
        lease = one.lease(f"job {job}")
        assert one.devices.memory(lease.slice).read_bytes().startswith(PATTERN)
        lease.end()
    assert seen == [bytes(FILE_MB << 20)] * 3


def test_between_two_boxes_of_one_job_nothing_is_left_either(one):
    lease = one.lease("job")
    lease.again()
    assert one.devices.memory(lease.slice).read_bytes() == bytes(FILE_MB << 20)
    assert only(one)[1].state is State.LEASED
    lease.end()


# What a slice comes to that goes wrong while a job is on it, and what the first word of the reason is. The
# table in docs/operations.md says the same.
COMES_TO = {
    Fault.NONE: (State.FREE, ""),
    Fault.OUT_OF_MEMORY: (State.FREE, ""),
    Fault.HANG: (State.QUARANTINED, "the known kernel did not end within 0.5 s."),
    Fault.RESIDUE: (State.QUARANTINED, "4194304 bytes of an earlier job are still in its memory."),
    Fault.FAILS: (State.QUARANTINED, "the known kernel returned a wrong number."),
    Fault.VANISHES: (State.QUARANTINED, "it does not answer any more."),
}


@pytest.mark.parametrize("fault", Fault)
def test_a_slice_that_goes_wrong_is_in_quarantine_and_the_log_tells(fault, one, caplog, monkeypatch):
    monkeypatch.setattr(devices, "RENEW_SECONDS", 0.5 if fault is Fault.HANG else 30.0)
    state, reason = COMES_TO[fault]
    lease = one.lease("job")
    one.devices.tell({"fake-0": fault})
    with caplog.at_level(logging.ERROR, "grader"):
        lease.end()
    _, standing = only(one)
    assert (standing.state, standing.reason) == (state, reason)
    assert [r.message for r in caplog.records] == (
        [f"slice fake-0 (fake slice on the processor) is in quarantine: {reason}"] if reason else []
    )
    if state is State.QUARANTINED:
        with pytest.raises(NoSlice, match="quarantine"):
            one.lease("next job")
        assert only(one)[1].state is State.QUARANTINED
    else:
        one.lease("next job").end()


def test_the_table_of_states_in_the_documentation_is_this_one():
    section = OPERATIONS.read_text().split("### The fake layer")[1].split("\n## ")[0]
    rows = {
        cells[0]: cells[1:]
        for line in section.splitlines()
        if line.startswith("| `")
        for cells in [[cell.strip(" `") for cell in line.strip("|").split("|")]]
    }
    assert set(rows) == {fault.value or "nothing" for fault in Fault}
    for fault, (state, reason) in COMES_TO.items():
        row = rows[fault.value or "nothing"]
        assert row[-2] == state.value
        assert row[-1] == (reason.replace("0.5 s", "60 s") or "-")


def test_a_slice_that_vanishes_while_nobody_has_it_is_told_once(one, caplog):
    one.lease("job").end()
    one.devices.tell({"fake-0": Fault.VANISHES})
    for _ in range(2):
        with pytest.raises(NoSlice, match="no longer among"):
            one.lease("next job")
    assert [r.message.partition("quarantine: ")[2] for r in caplog.records] == [GONE]
    one.devices.tell({})
    with pytest.raises(NoSlice, match="quarantine"):  # that it is back is for a person to believe
        one.lease("next job")


def test_a_driver_that_does_not_answer_for_a_moment_costs_no_slice(two, monkeypatch):
    """Nothing is known then: not that a slice is gone."""
    two.lease("job").end()
    silent = Inventory(problem="nvidia-smi does not answer: timed out")
    with monkeypatch.context() as for_a_moment:
        for_a_moment.setattr(two.devices, "inventory", lambda: silent)
        with pytest.raises(NoSlice, match="does not answer"):
            two.lease("next job")
    assert {standing.state for _, standing in two.standings()} == {State.FREE}
    two.lease("next job").end()


@pytest.mark.parametrize("fault", ["", "its boxes could not be ended"])
def test_a_slice_whose_quarantine_cannot_be_written_is_let_go_and_renewed(fault, one, monkeypatch):
    lease = one.lease("job")

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as for_a_moment:
        for_a_moment.setattr(one, "quarantine", full)
        one.devices.tell({"fake-0": Fault.FAILS})
        with pytest.raises(OSError, match="No space left"):
            lease.end(fault)
    assert only(one)[1].state is State.LEFT
    with pytest.raises(NoSlice, match="wrong number"):
        one.lease("next job")
    assert only(one)[1].state is State.QUARANTINED


def test_quarantine_outlives_processes_and_ends_by_a_persons_word_if_the_slice_is_fit(one, tmp_path):
    lease = one.lease("job")
    one.devices.tell({"fake-0": Fault.FAILS})
    lease.end()
    later = Slices(FakeDevices(tmp_path, 1), tmp_path)
    with pytest.raises(DeviceFault, match="wrong number"):
        later.readmit("fake-0")
    assert only(later)[1].state is State.QUARANTINED
    later.devices.tell({})
    assert later.readmit("fake-0").wiped_mb == FILE_MB
    assert said(later)[-1] == "readmitted by hand"
    later.lease("job").end()
    with pytest.raises(DeviceFault, match="none of this host's"):
        later.readmit("GPU-0")


def test_a_slice_that_is_gone_for_good_can_be_forgotten(one):
    one.lease("job").end()
    one.devices.tell({"fake-0": Fault.VANISHES})
    with pytest.raises(DeviceFault, match=r"none of this host's slices. To forget it, delete .*/fake-0.json"):
        one.readmit("fake-0")
    (one.folder / "fake-0.json").unlink()
    with pytest.raises(NoSlice, match="no GPU"):
        one.lease("job")


def test_one_bad_slice_leaves_the_others_working(two):
    first = two.lease("job 1")
    two.devices.tell({first.slice.uuid: Fault.RESIDUE})
    first.end()
    for job in range(3):
        lease = two.lease(f"job {job}")
        assert lease.slice != first.slice
        lease.end()


def test_a_fault_that_is_known_already_is_not_tried_away(one):
    lease = one.lease("job")
    lease.end("a process on it could not be ended within 15 s")
    assert only(one)[1].reason == "a process on it could not be ended within 15 s"


@pytest.mark.parametrize("fault", [Fault.RESIDUE, Fault.FAILS])
def test_a_fault_between_two_boxes_is_not_tried_away_either(one, fault):
    lease = one.lease("job")
    one.devices.tell({lease.slice.uuid: fault})
    with pytest.raises(BoxError, match="a slice failed between two boxes"):
        lease.again()
    one.devices.tell({})  # it would pass now
    lease.end()
    assert only(one)[1].state is State.QUARANTINED
    with pytest.raises(NoSlice):
        one.lease("another job")


def test_what_it_did_is_kept_and_does_not_grow_for_ever(one):
    for job in range(30):
        one.lease(f"job {job}").end()
    _, standing = only(one)
    assert standing.jobs == 30
    assert len(standing.history) == devices.MOST_HISTORY
    assert [what.partition(" (")[0] for what in said(one)[-3:]] == [
        "leased for job 29",
        f"wiped {FILE_MB} MB, nothing found, the known kernel is right",
        "given back",
    ]


def test_a_state_is_on_the_disk_before_it_has_its_name_and_its_name_before_anybody_goes_on(one, monkeypatch):
    """What a power cut leaves cannot be tried here; the order of the four steps that decide it can."""
    slice_, _ = only(one)
    done = []
    fsync, rename = os.fsync, os.replace

    def synced(fd):
        fsync(fd)
        path = Path(f"/proc/self/fd/{fd}").readlink()
        done.append(("synced", path.name, path.read_text() if path.is_file() else ""))

    def replaced(old, new, **how):
        rename(old, new, **how)
        done.append(("renamed", Path(new).name, Path(new).read_text()))

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)  # which is what Path.replace calls
    one.quarantine(slice_, "it burns")
    text = (one.folder / "fake-0.json").read_text()
    assert "it burns" in text
    assert done == [
        ("synced", "fake-0.new", text),
        ("renamed", "fake-0.json", text),
        ("synced", one.folder.name, ""),
    ]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_is_cut_short_leaves_the_old_state_and_nothing_else(step, one, monkeypatch):
    slice_, _ = only(one)
    one.quarantine(slice_, "it burns")
    before = {path.name: path.read_bytes() for path in one.folder.iterdir()}

    def cut(*_, **__):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as for_a_moment:
        for_a_moment.setattr(os, step, cut)
        with pytest.raises(OSError, match="Input/output error"):
            one.write(slice_, "readmitted by hand", state=State.FREE)
    assert {path.name: path.read_bytes() for path in one.folder.iterdir()} == before
    assert only(one)[1].state is State.QUARANTINED


def test_what_a_cut_left_half_written_is_no_state(one):
    slice_, _ = only(one)
    one.quarantine(slice_, "it burns")
    (one.folder / "fake-0.new").write_text('{"slice": {"uuid": "fa')
    assert only(one)[1].reason == "it burns"
    one.write(slice_, "readmitted by hand", state=State.FREE)
    assert only(one)[1].state is State.FREE
    assert not (one.folder / "fake-0.new").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"slice": 1}'])
def test_a_file_that_cannot_be_read_is_a_slice_that_was_not_renewed(one, text):
    one.lease("job").end()
    (one.folder / "fake-0.json").write_text(text)
    _, standing = only(one)
    assert (standing.state, standing.clean) == (State.FREE, False)
    lease = one.lease("job")
    assert said(one)[0].startswith("wiped")
    lease.end()


def test_what_is_told_to_nobody_or_wrongly_is_no_fault(one):
    (one.devices.folder / FAULTS).write_text(json.dumps({"fake-0": "explodes"}))
    one.lease("job").end()
    assert only(one)[1].state is State.FREE
