"""What can be known of boxes with a GPU where there is none: inventory, openings, refusals.

The texts of nvidia-smi are made after NVIDIA's user guide of MIG; none of them was seen on a host of ours.
"""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from grader.sandbox import libraries, nvidia, trials
from grader.sandbox.box import BoxError, Profile
from grader.sandbox.choose import choose_devices
from grader.sandbox.devices import DeviceFault, NoSlice, Slice, Slices
from grader.sandbox.docker import request
from grader.sandbox.fakes import FakeDevices
from zero_to_gpt import embedded, variables

ROOT = Path(__file__).resolve().parents[2]
WHOLE = "GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77"
PART = "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f"
OTHER = "MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb"


def row(uuid=WHOLE, memory="40960", mode="Disabled"):
    return f"{uuid}, {memory}, 580.65.06, {mode}\n"


def gpu(name="NVIDIA A100-SXM4-40GB", uuid=WHOLE):
    return f"GPU 0: {name} (UUID: {uuid})\n"


MIG = f"  MIG 1g.5gb      Device  0: (UUID: {PART})\n  MIG 1c.3g.20gb  Device  1: (UUID: {OTHER})\n"


def test_a_whole_gpu_is_one_slice():
    found = nvidia.read(gpu(), row(mode="[N/A]"))
    assert found.slices == (Slice(uuid=WHOLE, name="NVIDIA A100-SXM4-40GB", memory_mb=40960),)
    assert (found.driver, found.problem) == ("580.65.06", "")


def test_a_gpu_in_mig_mode_is_its_slices_and_not_itself():
    found = nvidia.read(gpu() + MIG, row(mode="Enabled"))
    assert [(s.uuid, s.name, s.memory_mb, s.mig) for s in found.slices] == [
        (PART, "NVIDIA A100-SXM4-40GB MIG 1g.5gb", 5120, True),
        (OTHER, "NVIDIA A100-SXM4-40GB MIG 1c.3g.20gb", 20480, True),
    ]


def test_two_cards_one_of_which_is_divided():
    second = WHOLE.replace("5d5b", "0000")
    found = nvidia.read(
        gpu() + MIG + gpu("NVIDIA L4", second), row(mode="Enabled") + row(second, "23034", "[N/A]")
    )
    assert [s.uuid for s in found.slices] == [PART, OTHER, second]


@pytest.mark.parametrize(
    ("listed", "queried", "problem"),
    [
        ("", "", "names no GPU that can be used"),
        ("No devices found.\n", "No devices were found\n", "names no GPU that can be used"),
        (gpu(), row(mode="Enabled"), "is in MIG mode and has no slices"),
        (gpu(), row(memory="[N/A]"), "names no GPU that can be used"),
    ],
)
def test_what_cannot_be_used_is_said(listed, queried, problem):
    found = nvidia.read(listed, queried)
    assert found.slices == ()
    assert problem in found.problem


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Puts a program of this text where nvidia-smi would be."""

    def install(text):
        program = tmp_path / "bin" / "nvidia-smi"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    return install


def test_without_a_driver_there_is_no_gpu(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    slices = choose_devices("nvidia", home=tmp_path)
    with pytest.raises(NoSlice, match="nvidia-smi is not installed: this host has no NVIDIA driver"):
        slices.lease("job")


def test_a_driver_that_fails_is_quoted(driver, tmp_path):
    driver("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18")
    with pytest.raises(NoSlice, match="nvidia-smi failed: Failed to initialize NVML"):
        choose_devices("nvidia", home=tmp_path).lease("job")


LISTS = f"""case "$1" in
-L) echo "{gpu().strip()}";;
*) echo "{row(mode="[N/A]").strip()}";;
esac"""


def held(**changed):
    about = {
        "cards": [WHOLE],
        "driver": "580.65.06",
        "box_digest": libraries.box_digest(Profile.GPU),
        "at": "2026-01-02 03:04 UTC",
        "steps": [{"name": "context", "up": True, "seen": "", "seconds": 1.0}],
    }
    return about | changed


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (
            None,
            "GPUs were not tried on this host yet, so none is offered: python -m grader sandbox --try-gpu",
        ),
        ("{", "GPUs were not tried on this host yet"),
        (held(steps=[]), "GPUs were not tried on this host yet"),
        (held(steps=[{"name": "residue", "up": False}]), "this did not hold: residue. None is offered."),
        (held(steps=[{"name": "residue"}]), "this did not hold: residue"),
        (held(cards=["GPU-1"]), "GPUs were tried here on 2026-01-02 03:04 UTC with other cards, so none"),
        (held(driver="1.2"), "with driver 1.2, so none is offered"),
        (held(box_digest="gpu-0-0"), "with other boxes, so none is offered"),
        (held(), ""),
    ],
)
def test_a_card_is_offered_only_where_it_was_tried_as_it_is_now(record, said, driver, tmp_path):
    driver(LISTS)
    if record is not None:
        text = record if isinstance(record, str) else json.dumps(record)
        (tmp_path / trials.RECORD).write_text(text)
    inventory = choose_devices("nvidia", home=tmp_path).devices.inventory()
    assert [s.uuid for s in inventory.slices] == [WHOLE]
    assert said in inventory.problem
    assert bool(inventory.problem) is bool(said)
    if said:
        with pytest.raises(NoSlice, match=re.escape(said)):
            choose_devices("nvidia", home=tmp_path).lease("job")


def test_what_was_tried_on_fake_slices_is_not_recorded(tmp_path):
    slices = Slices(FakeDevices(tmp_path, 1), tmp_path)
    with pytest.raises(NoSlice, match="says nothing of a card"):
        trials.record(tmp_path, slices, "no engine", [])
    assert not (tmp_path / trials.RECORD).exists()


def test_the_command_line_refuses_with_one_sentence(tmp_path):
    environment = os.environ | {"SANDBOX_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    for arguments, said in (
        (["--try-gpu"], "nvidia-smi is not installed: this host has no NVIDIA driver.\n"),
        (["--readmit", "fake-0"], "fake-0 stays in quarantine: fake-0 is none of this host's slices.\n"),
    ):
        command = [sys.executable, "-m", "grader", "sandbox", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (2, said)


def test_a_box_gets_exactly_the_leased_slice():
    (wanted,) = request(Slice(uuid=PART, name="x", memory_mb=1))["device_requests"]
    assert wanted == {"driver": "nvidia", "device_ids": [PART], "capabilities": [["gpu", "compute"]]}


# ---- what a container tells of a slice -------------------------------------------------------------------

GOOD = {"wiped_mb": 4900, "left": 0, "known": nvidia.KNOWN, "before": 0, "total_mb": 5120, "device": "x"}


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (GOOD, ""),
        (GOOD | {"left": 7}, "7 bytes of an earlier job are still in its memory."),
        (GOOD | {"known": nvidia.KNOWN + 1}, "the known kernel returned a wrong number."),
        (GOOD | {"wiped_mb": 100}, "only 100 of its 5120 MB could be wiped: somebody is on it."),
        ({"problem": "RuntimeError: CUDA error"}, "the program that checks it failed: RuntimeError"),
        ("", "ended without a result"),
        (TimeoutError(), "the known kernel did not end within"),
        (BoxError("no such device"), "the container that checks it could not be made: no such device."),
    ],
)
def test_what_the_checking_program_tells_is_believed_only_if_all_of_it_is_right(
    told, fault, tmp_path, monkeypatch
):
    class Says:
        async def tell(self, program, *, seconds):
            if isinstance(told, Exception):
                raise told
            return json.dumps(told).encode() if told else b""

    devices = nvidia.NvidiaDevices(tmp_path)
    monkeypatch.setattr(devices, "container", lambda slice_: Says())
    monkeypatch.setattr(nvidia, "BUSY_SECONDS", 0.0)
    slice_ = Slice(uuid=PART, name="x", memory_mb=5120, mig=True)
    if not fault:
        assert devices.renew(slice_, 5.0).wiped_mb == 4900
    else:
        with pytest.raises(DeviceFault, match=re.escape(fault)):
            devices.renew(slice_, 5.0)


def test_the_known_kernel_of_a_card_has_the_result_that_numpy_finds():
    size = int(re.search(r"^SIZE = (\d+)$", (libraries.WITH_GPU / "renew.py").read_text(), re.MULTILINE)[1])
    i = np.arange(size)
    product = ((3 * i[:, None] + i) % 7) @ ((i[:, None] + 5 * i) % 11)
    assert int(product.sum()) == nvidia.KNOWN
    assert product.max() < 2**24  # exact in float32


def test_the_context_of_a_trial_has_the_sum_that_numpy_finds():
    i = np.arange(64)
    assert int((i[:, None] * i).sum()) == trials.CONTEXT_SUM


# ---- who listens -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("gpu", "slots"), [("", None), ("fake:3", "3"), ("nvidia", "2")])
def test_serving_starts_a_worker_for_the_gpu_queue_where_there_is_a_gpu(gpu, slots, monkeypatch):
    monkeypatch.setattr(embedded.settings, "GPU", gpu)
    monkeypatch.setattr(embedded.settings, "SLOTS", 2)
    with socket.socket() as listener:
        always, _ = embedded.children(listener)
    heard = {
        child.name: child.command[child.command.index("-Q") + 1] for child in always if "-Q" in child.command
    }
    assert heard == {"worker": "cpu,regrade,authors"} | ({"GPU worker": "gpu"} if gpu else {})
    if gpu:
        (worker,) = [child for child in always if child.name == "GPU worker"]
        assert worker.command[worker.command.index("-c") + 1] == slots


@pytest.mark.parametrize(
    ("text", "value"),
    [("", ""), ("nvidia", "nvidia"), ("NVIDIA", "nvidia"), ("fake", "fake:1"), ("fake:12", "fake:12")],
)
def test_the_setting_names_a_kind_of_slices(text, value, monkeypatch):
    monkeypatch.setenv("GPU", text)
    assert variables.gpu() == value


@pytest.mark.parametrize("text", ["amd", "fake:0", "fake:x", "fake:100", "nvidia:2"])
def test_a_setting_that_names_none_ends_the_start_with_a_sentence(text, monkeypatch):
    monkeypatch.setenv("GPU", text)
    with pytest.raises(SystemExit, match="write nvidia, or fake or fake:3, or unset it"):
        variables.gpu()


# ---- the openings ------------------------------------------------------------------------------------------

TRY = """
import ctypes, errno, json, mmap, os, socket, sys
sys.path[:0] = sys.argv[1:3]
import openings, seccomp, walls
seccomp._PROGRAMS[True] = openings.program(os.uname().machine)
null = os.open("/dev/null", os.O_RDWR)
walls.CAPS.update(openings.CAPS)
walls.raise_walls(keep=(1, 2, null), processes=0, wide=True)
libc = ctypes.CDLL(None, use_errno=True)
def ioctl(number):
    return errno.errorcode[ctypes.get_errno()] if libc.ioctl(null, ctypes.c_ulong(number), 0) < 0 else "OK"
def made(test):
    try:
        test()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "OK"
found = {hex(n): ioctl(n) for n in (0xC020462A, 0xC00446D6, 37, 255, 0x30000001, 0x30000002, 0x5401,
                                    256, 0x30000003, 0x5412, 0x4B46, 0xC0305501)}
found["shared"] = made(lambda: mmap.mmap(-1, 4096))
found["huge"] = made(lambda: mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000))
found["internet"] = made(lambda: socket.socket(socket.AF_INET))
found["mlock"] = "OK" if libc.mlock(0, 4096) == 0 else errno.errorcode[ctypes.get_errno()]
found["unshare"] = "OK" if libc.unshare(0x10000000) == 0 else errno.errorcode[ctypes.get_errno()]
print(json.dumps(found))
"""


def test_the_openings_let_the_drivers_calls_through_and_nothing_else():
    """On /dev/null, which knows none of them: ENOTTY means that the filter let a call through."""
    command = [sys.executable, "-c", TRY, str(libraries.INSIDE), str(libraries.WITH_GPU)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        **dict.fromkeys(("0xc020462a", "0xc00446d6", "0x25", "0xff", "0x30000001", "0x30000002"), "ENOTTY"),
        "0x5401": "ENOTTY",
        **dict.fromkeys(("0x100", "0x30000003", "0x5412", "0x4b46", "0xc0305501"), "EPERM"),
        "shared": "OK",
        "huge": "ENOMEM",
        "internet": "EAFNOSUPPORT",
        "mlock": "EPERM",
        "unshare": "EPERM",
    }


LISTED = """
import os, sys
sys.path[:0] = sys.argv[1:3]
import begin
before = begin.descriptors()
opened = os.open("/dev/null", os.O_RDONLY)
print(begin.descriptors() - before == {opened})
"""


def test_what_the_driver_opens_is_told_from_what_was_open_before():
    command = [sys.executable, "-c", LISTED, str(libraries.INSIDE), str(libraries.WITH_GPU)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_security_md_names_every_opening_and_what_it_weakens():
    sys.path[:0] = [str(libraries.INSIDE), str(libraries.WITH_GPU)]
    try:
        import openings
    finally:
        del sys.path[:2]
        for name in ("openings", "seccomp"):
            sys.modules.pop(name, None)
    section = (ROOT / "docs" / "security.md").read_text().split("## What a GPU opens")[1].split("\n## ")[0]
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in section.splitlines() if "|" in line]
    told = {row[0]: row[1:] for row in rows if len(row) == 3}
    for name, what in openings.OPENINGS.items():
        assert told[name][0] == what
        assert len(told[name][1]) > 30
    assert set(told) - set(openings.OPENINGS) == {"opening", "---"}


def test_other_boxes_have_the_digests_that_they_had():
    """What only a box with a GPU has is in no other box's digest: their proofs and values hold."""
    plain = {libraries.box_digest(p).rpartition("-")[2] for p in Profile if p is not Profile.GPU}
    assert plain == {libraries.inside_digest()}
    assert libraries.box_digest(Profile.GPU).rpartition("-")[2] == libraries.inside_digest(gpu=True)
    assert libraries.inside_digest(gpu=True) != libraries.inside_digest()
