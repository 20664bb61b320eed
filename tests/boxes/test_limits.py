"""Time, memory, processes, output, files: each limit has an end of its own, seen from outside."""

from __future__ import annotations

import time

import numpy as np
import pytest

from grader.sandbox.box import Death, Limits, Profile
from grader.sandbox.client import CellEnd
from grader.sandbox.clock import MOST_TIMES
from sandbox_images.inside import wire
from tests.boxes.conftest import Use


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "import re\nre.match(r'(a+)+$', 'a' * 64 + 'b')",
        "import time\ntime.sleep(1000)",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "import signal\nfor n in range(1, 65):\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError): pass\nwhile True: pass",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nwhile True: pass",
    ],
    ids=["loop", "regex", "sleep", "swallow", "ignore", "stop"],
)
def test_time(use: Use, source: str) -> None:
    drive = use.fresh()
    began = time.monotonic()
    run = use.cell(drive, source, deadline=0.5)
    assert run.end is CellEnd.TIMED_OUT
    assert run.seconds < MOST_TIMES * 0.5 + 1  # on a busy host; on an idle one about the deadline
    assert time.monotonic() - began < MOST_TIMES * 0.5 + 2
    assert drive.box.death() is Death.KILLED_BY_US
    use.healthy()


def test_what_is_stopped_tells_where_it_was(use: Use) -> None:
    drive = use.fresh()
    run = use.pool.run(drive.cell("def go():\n    while True: pass\ngo()", deadline=0.5, where=True))
    assert run.end is CellEnd.TIMED_OUT
    assert drive.box.death() is Death.KILLED_BY_US
    if use.mode == "bubblewrap-single":  # what is held there is bwrap, which would end
        assert run.stopped is None
    else:
        assert run.stopped is not None
        assert (run.stopped.type, run.stopped.line) == ("KeyboardInterrupt", 2)
        assert run.stopped.traceback.startswith("line 3, in <module>")
    use.healthy()


def test_a_slow_drip_of_output_does_not_move_the_deadline(use: Use) -> None:
    source = "import time\nwhile True:\n    print('.', flush=True)\n    time.sleep(0.05)"
    run = use.once(source, deadline=0.6)
    assert run.end is CellEnd.TIMED_OUT
    assert 0.5 < run.charged < 1
    assert run.seconds < MOST_TIMES * 0.6 + 1


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\na = np.ones(10**9)",
        "a = [0]\nwhile True:\n    a += a",
        "a = 'x'\nwhile True:\n    a += a",
        "a = bytearray(10**10)",
    ],
    ids=["array", "list", "text", "bytes"],
)
def test_too_much_memory_is_a_memory_error_and_the_box_lives(use: Use, source: str) -> None:
    drive = use.fresh(memory_mb=256)
    run = use.cell(drive, source)
    assert run.end is CellEnd.FINISHED
    assert run.error is not None
    assert run.error.type in ("MemoryError", "_ArrayMemoryError")
    assert use.cell(drive, "print('alive')").stdout == "alive\n"
    use.pool.run(drive.box.kill())


CHILDREN = """
import os, time
for n in range(20):
    if os.fork() == 0:
        a = bytearray(200 << 20)
        for at in range(0, len(a), 4096):
            a[at] = 1
        time.sleep(60)
        os._exit(0)
while True:
    pass
"""


def test_memory_spread_over_children_is_bounded_for_the_whole_box(use: Use) -> None:
    drive = use.fresh(memory_mb=256)
    run = use.cell(drive, CHILDREN, deadline=3)
    assert not run.ok
    peak = drive.box.peak_memory_mb()
    assert peak is not None
    assert peak < 800
    use.healthy()


def test_the_kernel_killed_for_memory_is_told_apart_from_a_crash(use: Use) -> None:
    # A cap on the process above what the whole box may use: only the control group is left to act.
    drive = use.fresh(memory_mb=4096)
    run = use.cell(drive, "a = bytearray(1 << 30)\nfor at in range(0, len(a), 4096): a[at] = 1", deadline=20)
    assert run.end is CellEnd.DIED
    assert drive.box.death() is Death.OUT_OF_MEMORY
    use.pool.run(drive.box.kill())
    use.healthy()


def test_shared_memory_that_no_cap_counts_is_refused(use: Use) -> None:
    run = use.once("import mmap\nmmap.mmap(-1, 4096)")
    assert run.error is not None
    assert run.error.message == "[Errno 12] Cannot allocate memory"


def test_page_tables_of_endless_empty_mappings_are_bounded(use: Use) -> None:
    source = (
        "import mmap\nmaps = []\nwhile True:\n    maps.append(mmap.mmap(-1, 1 << 30, prot=1, flags=2 | 32))"
    )
    run = use.once(source, deadline=20)
    assert run.error is not None
    assert run.error.message == "[Errno 12] Cannot allocate memory"


def test_processes(use: Use) -> None:
    source = (
        "import os, time\nmade = 0\ntry:\n    while True:\n"
        "        if os.fork() == 0: time.sleep(60)\n"
        "        made += 1\nexcept OSError as error:\n    print(made, type(error).__name__)"
    )
    drive = use.fresh()
    run = use.cell(drive, source)
    made, name = run.stdout.split()
    assert 5 < int(made) <= 36
    assert name == "BlockingIOError"
    use.pool.run(drive.box.kill())
    use.healthy()


def test_a_fork_bomb_ends_with_the_box(use: Use) -> None:
    source = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    drive = use.fresh()
    assert use.cell(drive, source, deadline=1).end is CellEnd.TIMED_OUT
    use.healthy()


def test_threads(use: Use) -> None:
    source = (
        "import threading, time\ntry:\n    for n in range(10_000):\n"
        "        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "except RuntimeError as error:\n    print(error)"
    )
    run = use.once(source)
    assert run.stdout == "can't start new thread\n"
    use.healthy()


def test_output(use: Use) -> None:
    began = time.monotonic()
    run = use.once("while True: print('x' * 100_000)", output_kb=256)
    assert run.end is CellEnd.TOO_MUCH_OUTPUT
    assert run.truncated
    assert 200_000 < len(run.stdout) <= 256 * 1024
    assert time.monotonic() - began < 20
    use.healthy()


def test_one_line_of_a_hundred_megabytes(use: Use) -> None:
    run = use.once("print('x' * 100_000_000)", output_kb=64)
    assert run.end is CellEnd.TOO_MUCH_OUTPUT
    assert len(run.stdout) <= 64 * 1024


def test_output_just_below_the_limit_is_kept_whole(use: Use) -> None:
    run = use.once("print('x' * 60_000)", output_kb=64)
    assert run.ok
    assert not run.truncated
    assert len(run.stdout) == 60_001


def test_the_output_budget_is_the_boxs_not_the_cells(use: Use) -> None:
    drive = use.fresh(output_kb=64)
    ends = [use.cell(drive, "print('x' * 30_000)").end for _ in range(3)]
    assert ends == [CellEnd.FINISHED, CellEnd.FINISHED, CellEnd.TOO_MUCH_OUTPUT]


def test_files(use: Use) -> None:
    source = (
        "import errno\ndef fill(path):\n    written = 0\n    try:\n"
        "        with open(path, 'wb', buffering=0) as file:\n"
        "            while written < 10**9: written += file.write(bytes(1 << 20))\n"
        "    except OSError as error:\n        return written >> 20, errno.errorcode[error.errno]\n"
        "print(fill('/tmp/a'), fill('/tmp/b'), fill('/dev/shm/c'))"
    )
    run = use.once(source, memory_mb=512)
    assert run.ok or run.end is CellEnd.DIED, (
        run
    )  # a tmpfs is the box's own memory, so either limit may come first
    for number in (200, 1000):
        assert str(number) not in run.stdout
    use.healthy()


def test_many_files(use: Use) -> None:
    source = (
        "made = 0\ntry:\n    while made < 10**6:\n"
        "        open(f'/tmp/{made}', 'w').close()\n        made += 1\n"
        "except OSError as error:\n    print(made, error.errno)"
    )
    run = use.once(source, deadline=30)
    if use.mode == "bubblewrap-single":
        # bwrap's tmpfs has no number of files: the memory that they take is counted.
        assert run.end in (CellEnd.FINISHED, CellEnd.TIMED_OUT, CellEnd.DIED)
    else:
        assert int(run.stdout.split()[0]) < 10_000
    use.healthy()


def test_descriptors(use: Use) -> None:
    run = use.once("files = []\nwhile True: files.append(open('/dev/null'))")
    assert run.error is not None
    assert run.error.message.startswith("[Errno 24] Too many open files")


@pytest.mark.parametrize(
    ("source", "death"),
    [
        ("import os\nos._exit(0)", Death.EXITED),
        ("import os\nos._exit(3)", Death.EXITED),
        ("import ctypes\nctypes.string_at(0)", Death.SIGNALLED),
        (
            "import sys\nsys.setrecursionlimit(10**9)\n"
            "class A:\n    def __repr__(self): return repr(self)\nrepr(A())",
            Death.SIGNALLED,
        ),
    ],
    ids=["exit", "exit3", "segfault", "overflow"],
)
def test_a_sudden_end_is_noticed_at_once(use: Use, source: str, death: Death) -> None:
    drive = use.fresh(memory_mb=1024)
    began = time.monotonic()
    run = use.cell(drive, source, deadline=60)
    assert run.end is CellEnd.DIED
    assert drive.box.death() is death
    assert time.monotonic() - began < 40
    use.healthy()


def test_system_exit_ends_the_cell_not_the_kernel(use: Use) -> None:
    drive = use.fresh()
    run = use.cell(drive, "import sys\nsys.exit(0)")
    assert run.error is not None
    assert run.error.type == "SystemExit"
    assert use.cell(drive, "print('on')").stdout == "on\n"
    use.pool.run(drive.box.kill())


def test_a_value_that_is_too_large_is_opaque(use: Use) -> None:
    drive = use.fresh()
    ask = "import numpy as np\ndef ask(answer, inputs):\n    return np.zeros(10**6)"
    (value,) = use.ask(drive, ask, {}).values
    assert wire.decode(value.result) == wire.Opaque("ndarray", "larger than 2097152 bytes")
    use.pool.run(drive.box.kill())


def test_two_megabytes_each_way(use: Use) -> None:
    drive = use.fresh()
    ask = "def ask(answer, inputs):\n    return inputs['x'] + 1"
    run = use.ask(drive, ask, *({"x": np.zeros(250_000)} for _ in range(8)))
    assert [wire.decode(value.result).sum() for value in run.values] == [250_000.0] * 8
    use.pool.run(drive.box.kill())


def test_a_box_of_other_limits_is_made_when_asked_for(use: Use) -> None:
    box = use.box(Profile.NUMPY, Limits(memory_mb=1500, processes=8))
    drive = use.drive(box, memory_mb=1500)
    run = use.cell(drive, "import numpy as np\na = np.ones(130_000_000)\nprint(a.nbytes >> 20)", deadline=30)
    assert run.stdout == "991\n"
    use.pool.run(box.kill())
