"""What learners and authors wrote is parsed in a process whose memory and time are capped."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.exercise import reader
from grader.exercise.folder import ExerciseError, from_files
from grader.exercise.trees import parse
from grader.grading.source import Looked, check, look
from grader.notebooks.notebook import to_source
from grader.proving.mutate import mutations
from tests.unit.attack_texts import PARSED, REFUSED
from tests.unit.test_exercise import GOOD

MOST_GROWTH_MB = 50


def memory_mb(field: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise AssertionError(field)


def growth_mb(work: Callable[[], object]) -> float:
    """By how much our own process grew at most."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = memory_mb("VmRSS")
    work()
    return memory_mb("VmHWM") - before


@pytest.mark.parametrize("name", REFUSED)
def test_a_text_that_costs_too_much_is_refused_and_costs_us_nothing(name: str) -> None:
    found = []
    began = time.perf_counter()
    assert growth_mb(lambda: found.append(check(REFUSED[name], GOOD))) < MOST_GROWTH_MB
    assert time.perf_counter() - began < 6
    assert found[0] is not None
    assert found[0].error.message.endswith("This did not count as an attempt.")
    assert check("x = 1", GOOD) is None


@pytest.mark.parametrize("name", PARSED)
def test_a_text_that_only_a_compiler_fears_is_not_compiled_by_us(name: str) -> None:
    found = []
    assert growth_mb(lambda: found.append(look(PARSED[name], GOOD))) < MOST_GROWTH_MB
    assert found == [Looked()]
    assert check("x = 1", GOOD) is None


@pytest.mark.parametrize("file", ["reference.py", "probes.py", "given.py", "mutants/squares.py"])
def test_an_authors_file_is_bounded_too(file: str) -> None:
    files = {**GOOD.files, file: f"{GOOD.files.get(file, '')}\n{'a;' * 120_000}"}

    def load() -> None:
        with pytest.raises(ExerciseError, match=f"{file}: it cannot be read: it has more than 20000 parts."):
            from_files("01-sums/01-double-it", files)

    assert growth_mb(load) < MOST_GROWTH_MB


@pytest.mark.parametrize("name", PARSED)
def test_an_authors_file_is_compiled_by_a_box_only(name: str) -> None:
    files = {**GOOD.files, "reference.py": f"{GOOD.files['reference.py']}\n{PARSED[name]}"}
    assert growth_mb(lambda: from_files("01-sums/01-double-it", files)) < MOST_GROWTH_MB


NOTEBOOKS = {
    "empty lists": b'{"cells": [' + b"[]," * 5_000_000 + b"[]]}",
    "deep lists": b"[" * 4_000_000,
    "deep objects": b'{"cells":' * 1_000_000,
    "one huge cell": b'{"cells": [{"cell_type": "code", "source": "' + b"a;" * 7_000_000 + b'"}]}',
    "many code cells": b'{"cells": ['
    + b",".join([b'{"cell_type": "code", "source": "' + b"a;" * 3000 + b'"}'] * 1999)
    + b"]}",
    "a long number": b'{"cells": [' + b"9" * 8_000_000 + b"]}",
}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_huge_notebook_costs_us_its_size(name: str) -> None:
    data = NOTEBOOKS[name]
    told: list[str] = []

    def read() -> None:
        try:
            told.append(to_source(data))
        except ValueError as error:
            told.append(str(error))

    grown = growth_mb(read)
    assert grown < MOST_GROWTH_MB + 3 * len(data) / 1024 / 1024  # it travels there, and its code comes back
    assert "Traceback" not in told[0]
    assert to_source(b'{"cells": [{"cell_type": "code", "source": "x = 1"}]}') == "x = 1\n"


def test_many_threads_ask_at_once() -> None:
    source = "def f(x):\n" + "".join(
        f"    y{n} = (x + {n}) * [a for a in range({n})][0]\n" for n in range(99)
    )
    problems: list[object] = []

    def read() -> None:
        for number in range(20):
            wrong = check(f"{source}{'(' * (number % 2)}", GOOD)
            if (wrong is not None) != bool(number % 2):
                problems.append(wrong)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_process_that_somebody_killed_is_started_anew() -> None:
    one = reader.Reader()
    assert one.ask("shape", seconds=2, text="x = 1") == one.ask("shape", seconds=2, text="x=1")
    first = one.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert one.ask("shape", seconds=2, text="x = 1")
    assert one.pid != first
    one.close()


def test_time_is_capped_for_each_request() -> None:
    one = reader.Reader()
    long = "def f(x):\n" + "".join(f"    x = x * {n} + x - {n}\n" for n in range(1_200))
    for _ in range(2):  # the seconds of one request are not those of the next
        began = time.process_time()
        with pytest.raises(reader.TooMuchError, match="nested too deeply or too large"):
            one.ask("mutations", seconds=1, source=long, most=60)
        assert time.process_time() - began < 0.5  # ours
        assert one.ask("shape", seconds=1, text="x = 1")
    one.close()


def test_a_fork_has_a_reader_of_its_own() -> None:
    assert check("x = 1", GOOD) is None
    fork = os.fork()
    if fork == 0:
        os._exit(0 if check("x = 1", GOOD) is None and check("x = (", GOOD) is not None else 1)
    assert os.waitpid(fork, 0)[1] == 0
    assert check("x = (", GOOD) is not None


def test_it_starts_with_nothing_of_ours_and_ends_with_us() -> None:
    one = reader.Reader()
    one.ask("shape", seconds=2, text="x = 1")
    process = Path(f"/proc/{one.pid}")
    assert process.joinpath("environ").read_bytes() == b""
    assert len(list(process.joinpath("fd").iterdir())) <= 4  # its input, two outputs, nowhere
    assert "Max address space" in process.joinpath("limits").read_text()
    assert "numpy" not in process.joinpath("maps").read_text()
    one.close()
    assert not process.exists()


def test_no_other_process_of_ours_parses() -> None:
    with pytest.raises(RuntimeError, match="in the reading process only"):
        parse("x = 1")
    with pytest.raises(ExerciseError):
        from_files(GOOD.id, {**GOOD.files, "reference.py": "x = ("})
    assert mutations("def f(x):\n    return x + 1\n")
