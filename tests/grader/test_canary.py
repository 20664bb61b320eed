"""Nothing a learner could read holds the answer: strings planted in every secret place of an exercise
are searched for from inside the learner's box, in files, environment and all readable memory."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.exercise.folder import Exercise, from_files
from grader.grading.expected import FolderStore, compute
from grader.sandbox import libraries
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend
from grader.sandbox.engine import ensure_image
from grader.sandbox.pool import Pool
from grader.verdict import ProbeWord, Word
from tests.grader.conftest import HOME, ROOT
from tests.grader.grading import verdict_of

FILES = {
    "exercise.toml": """
title = "Canary"
summary = "Search."
minutes = 1
[limits]
seconds = 30
probe_seconds = 30
[[tasks]]
id = 1
title = "kq7canary-title-11"
hints = ["kq7canary-hint-12"]
""",
    "task.md": "## Task 1: Search\n",
    "starter.py": "def search(where): ...\n",
    "reference.py": '''
"""kq7canary-docstring-13"""
def search(where):
    marker = "kq7canary-reference-14"
    return {"first": "kq7canary-expected-15", "second": marker, "third": 3.0}[where]
''',
    "probes.py": """
from grader.language import probe, residual

SECRET = "kq7canary-constant-16"

def helper():
    return "kq7canary-helper-17"

@probe(task=1, visible=True, seeds=1)
class First:
    "kq7canary-probetitle-18"
    def make(rng):
        return {"where": "first", "_label": "kq7canary-private-19", "x": float(rng.normal())}
    def ask(answer, inputs):
        return answer.search(inputs["where"])
    def truth(inputs):
        return "kq7canary-truth-20" + helper() + SECRET

@probe(task=1, seeds=1, judge=residual(below=0.5))
class Second:
    "Hidden, judged"
    def make(rng):
        return {"where": "third", "_label": "kq7canary-private-21", "x": float(rng.normal())}
    def ask(answer, inputs):
        return answer.search(inputs["where"])
    def judge(inputs, got):
        return 0.0 if got == "kq7canary-judge-22" else 1.0

@probe(task=1, seeds=1)
class Third:
    "Hidden, and last: its source must not be there before its turn"
    def make(rng):
        return {"where": "second", "x": float(rng.normal()), "word": "kq7canary-laterinput-23"}
    def ask(answer, inputs):
        marker = "kq7canary-laterprobe-24"
        return "not asked" if marker else answer.search(inputs["where"])
""",
    "alternatives/one.py": '"""One."""\nWORD = "kq7canary-alternative-25"\n',
    "mutants/one.py": '"""task: 1\n\nkq7canary-explanation-26\n"""\nWORD = "kq7canary-mutant-27"\n',
}

SEARCH = r'''
import ctypes
import gc
import os
import re

CONTROL = "kq7canary-control-00"
PATTERN = re.compile(("kq7" + "canary").encode() + rb"-([a-z]+)-\d\d")


def memory():
    """Every readable region of this process; without a map of it, all that lies around any object."""
    if not os.path.exists("/proc/self/maps"):
        yield from around_objects()
        return
    with open("/proc/self/maps") as maps:
        regions = [line.split() for line in maps]
    for region in regions:
        name = region[5] if len(region) > 5 else ""
        if "r" not in region[1] or name.startswith("[v") or ".so" in name:
            continue
        start, end = (int(part, 16) for part in region[0].split("-"))
        for at in range(start, end, 1 << 20):
            yield ctypes.string_at(at, min(end, at + (1 << 20) + 64) - at)


def around_objects():
    """Megabyte by megabyte in both directions, as far as the kernel can read: it says EFAULT, nobody dies."""
    write = ctypes.CDLL(None, use_errno=True).pwrite
    write.restype = ctypes.c_ssize_t
    write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long]
    copy = os.open("/tmp/copy", os.O_RDWR | os.O_CREAT)
    local = ctypes.c_int()
    todo = {id(thing) >> 20 for thing in gc.get_objects()}
    todo |= {ctypes.addressof(local) >> 20, id(PATTERN) >> 20}
    seen, read = set(), 0
    while todo:
        at = todo.pop()
        seen.add(at)
        length = 1 << 20
        got = write(copy, at << 20, length, 0)
        if got <= 0:  # perhaps only its beginning cannot be read
            for page in range(0, length, 4096):
                if write(copy, (at << 20) + page, 4096, 0) == 4096:
                    got = write(copy, (at << 20) + page, length - page, 0)
                    break
        if got > 0:
            read += got
            yield os.pread(copy, got, 0)
            todo |= {at - 1, at + 1} - seen
    os.unlink("/tmp/copy")
    assert read > 20 << 20, read


def files():
    for folder, folders, names in os.walk("/"):
        if folder == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys", "usr", "lib", "bin")]
        if folder == "/box":
            folders[:] = [name for name in folders if name != "libraries"]
        for name in names:
            path = os.path.join(folder, name)
            try:
                if os.path.isfile(path):  # a device or a fifo might never end
                    with open(path, "rb") as file:
                        yield file.read(1 << 20)
            except OSError:
                pass


def processes():
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        for part in ("environ", "cmdline"):
            try:
                with open(f"/proc/{name}/{part}", "rb") as file:
                    yield file.read(1 << 20)
            except OSError:
                pass


def found():
    words = set()
    for place in (memory, files, processes):
        for data in place():
            words.update(match.decode() for match in PATTERN.findall(data))
    return sorted(words)


def search(where):
    return found()


there = [path for path in PLACES if os.path.exists(path)]
print("found", found(), "there", there)
'''


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
        pytest.param("container", marks=pytest.mark.container),
    ],
)
def each_pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    libraries.ensure(Profile.NUMPY, HOME)
    backend = choose_backend(request.param, home=HOME)
    if request.param == "container":
        ensure_image(Profile.NUMPY, HOME, progress=lambda text: None)
    with Pool(backend, warm={}) as pool:
        yield pool


def canary() -> Exercise:
    return from_files("tests/canary", FILES)


def test_no_canary_is_found_in_a_learners_box(each_pool: Pool, tmp_path: Path) -> None:
    exercise = canary()
    store = FolderStore(tmp_path / "expected")
    compute(exercise, each_pool, store)
    planted = b"".join(path.read_bytes() for path in (tmp_path / "expected").rglob("*.case"))
    assert b"kq7canary-truth-20" in planted  # the search is for something that is really kept

    places = [str(ROOT / "exercises"), str(ROOT / "var"), str(tmp_path), "/var/run/docker.sock"]
    source = f"PLACES = {places!r}\n{SEARCH}"
    verdict = verdict_of(exercise, source, each_pool, store)

    assert verdict.word is Word.FAILED
    # The control is the one string that the search itself brought along.
    assert verdict.output == "found ['control'] there []\n"
    probes = {probe.name: probe for probe in verdict.probes}
    for name in ("First", "Second"):
        detail = probes[name].detail
        assert detail is not None
        assert detail.got is not None
        assert [item.text for _, item in detail.got.items] == ["control"]
    assert probes["Third"].word is ProbeWord.PASSED


def test_a_learner_reads_no_canary_of_a_hidden_place_in_the_verdict(each_pool: Pool, tmp_path: Path) -> None:
    exercise = canary()
    store = FolderStore(tmp_path / "expected")
    compute(exercise, each_pool, store)
    verdict = verdict_of(exercise, "def search(where):\n    return 1.0\n", each_pool, store)
    text = json.dumps(verdict.for_learner())
    for secret in ("judge-22", "private-19", "private-21", "reference-14", "mutant-27", "constant-16-"):
        assert f"kq7canary-{secret}" not in text
