"""The reading process: the only program of ours that parses what learners and authors wrote.

One for each process that needs it (a worker, a web server, a command), started and asked by reader.py,
one request at a time. Its address space is capped, its processor time for each request too; it knows no
secret and may die of a text. It never compiles and never executes one: that happens in boxes.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import hashlib
import json
import math
import os
import resource
import struct
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from grader.exercise import probes, trees
from grader.exercise.mistakes import ExerciseError
from grader.notebooks import notebook_text
from grader.proving import handed, mutate
from grader.reading.fence import Fence

MEMORY = 320 * 1024 * 1024
"""Bytes of address space. A long solution needs a tenth of it, the largest notebook half."""
HEAD = struct.Struct(">III")
"""Seconds of processor time, length of the JSON, length of the bytes that follow it."""
LENGTH = struct.Struct(">I")
READY = b"ready"


def serve(operations: Mapping[str, Callable[..., Any]] | None = None, *, memory: int = MEMORY) -> None:
    """Answer requests on standard input until it closes, or until memory ran out once."""
    operations = OPERATIONS if operations is None else operations
    requests = sys.stdin.buffer
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    for name, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(name, (most, most))
    with contextlib.suppress(OSError):  # when memory runs out on the host, this one first
        Path("/proc/self/oom_score_adj").write_text("1000")
    trees.inside = True
    replies.write(READY)
    while head := requests.read(HEAD.size):
        seconds, size, more = HEAD.unpack(head)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + seconds, hard))
        reply, worn = _reply(operations, requests, size, more)
        data = json.dumps(reply).encode()
        _write(replies, LENGTH.pack(len(data)) + data)
        if worn:
            return


def _write(replies: BinaryIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[replies.write(left) :]


def _reply(
    operations: Mapping[str, Callable[..., Any]], requests: BinaryIO, size: int, more: int
) -> tuple[dict[str, Any], bool]:
    """The answer to one request, and whether this process should end with it."""
    try:
        request = json.loads(requests.read(size))
        data = requests.read(more)
        if request.pop("with_data"):
            request["data"] = data
        del data
        return {"ok": operations[request.pop("what")](**request)}, False
    except ExerciseError as error:
        return {"mistake": [error.file, error.line, error.sentence]}, False
    except RecursionError:  # breaking off may leave the parser's own count of depth wrong
        return {"too_much": "nested too deeply"}, True
    except (MemoryError, SystemError):
        return {"too_much": "nested too deeply or too large", "again": "in a process that is not worn"}, True
    except Exception:  # noqa: BLE001  ours; told where somebody looks
        return {"fault": traceback.format_exc()}, True


# ---- a learner's text ----------------------------------------------------------------------------------


def answer(
    *, source: str, starter: str, given: str, names: list[str], loops_in: list[str], pieces: list[str]
) -> dict[str, Any]:
    """What keeps a learner's text from being run: `syntax`, `unreadable` or `forbidden`; or that it is
    `unchanged`; or nothing."""
    try:
        tree = trees.parse(source)
        if sum(1 for _ in ast.walk(tree)) > trees.MOST_PARTS:
            raise trees.TooLargeError(f"it has more than {trees.MOST_PARTS} parts")
        trees.complete(source, tree)
    except SyntaxError as error:
        return {"syntax": [error.msg, error.lineno]}
    except trees.TooLargeError as error:
        return {"unreadable": [str(error), trees.HINT]}
    except (ValueError, OverflowError) as error:
        return {"unreadable": [str(error), ""]}
    found = Fence(tree, trees.parse(given), names, loops_in, pieces).first()
    if found:
        return {"forbidden": found}
    return {"unchanged": True} if _unchanged(tree, starter) else {}


def loops(*, source: str, names: list[str]) -> dict[str, int]:
    """Of functions of a learner's text how many loops stand inside each other; those it does not define
    are left out."""
    fence = Fence(trees.parse(source), ast.Module([], []), [], [])
    found = {name: fence.depth(name) for name in names}
    return {name: depth for name, depth in found.items() if depth is not None}


def _unchanged(tree: ast.Module, starter: str) -> bool:
    """Whether there is no code, or only whitespace, comments and docstrings differ from the starter."""
    try:
        return _shape(tree) in (_known_shape(""), _known_shape(starter))
    except (RecursionError, MemoryError, ValueError):
        return False  # no starter is too much to be written down; nor has one a number of 4,300 digits


@lru_cache(maxsize=32)
def _known_shape(text: str) -> str:
    try:
        return _shape(trees.parse(text))
    except (SyntaxError, ValueError):
        return ""  # a starter that is no Python is nobody's answer


def _shape(tree: ast.Module) -> str:
    """Of all but its docstrings, which it loses."""
    return hashlib.sha256(
        ast.dump(trees.without_docstrings(tree)).encode("utf-8", "surrogatepass")
    ).hexdigest()


# ---- authors' texts ------------------------------------------------------------------------------------


def python(*, text: str, file: str, decides: bool) -> dict[str, str]:
    """The docstring of an author's file, and its `shape` where it decides. Raises ExerciseError.

    What decides of a `probes.py` is its long form, however it is written.
    """
    tree = trees.parse_python(text, file)
    docstring = ast.get_docstring(tree) or ""
    if decides and file.endswith("/probes.py"):
        tree = probes.longhand(text, file)
    return {
        "docstring": docstring,
        "shape": ast.dump(trees.without_docstrings(tree)) if decides else "",
    }


def shape(*, text: str) -> str:
    """What is no prose in a text that has been read before."""
    return ast.dump(trees.without_docstrings(trees.parse(text)))


def probe_file(
    *, text: str, file: str, profile: str, reference: str = "", given: str = ""
) -> list[dict[str, Any]]:
    """The probes of a `probes.py` as fields. Raises ExerciseError."""
    try:
        found = probes.read(text, file=file, profile=profile, reference=reference, given=given)
        return [dataclasses.asdict(probe) for probe in found]
    except ExerciseError:
        raise
    except (SyntaxError, ValueError) as error:  # what no reader of Python can write down again
        raise ExerciseError(file, None, f"this is not Python: {error}.") from None


def mutations(*, source: str, most: int) -> list[dict[str, Any]]:
    """Small wrong changes of a reference as fields."""
    return [dataclasses.asdict(one) for one in mutate.made(source, most)]


def definitions(*, text: str) -> dict[str, list[str]]:
    """The names of the functions and classes at the top level of a text that has been read before."""
    body = trees.parse(text).body
    return {
        "functions": [node.name for node in body if isinstance(node, ast.FunctionDef)],
        "classes": [node.name for node in body if isinstance(node, ast.ClassDef)],
    }


def way(*, text: str) -> str:
    """How the `truth` of a probe is worked out: its body without the constants."""
    for node in ast.walk(trees.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name == "truth":
            body = ast.Module(node.body, [])
            for part in ast.walk(body):
                if isinstance(part, ast.Constant):
                    part.value = None
            return ast.dump(body)
    return ""


OPERATIONS: dict[str, Callable[..., Any]] = {
    "answer": answer,
    "loops": loops,
    "notebook": notebook_text.source_of,
    "python": python,
    "shape": shape,
    "probes": probe_file,
    "mutations": mutations,
    "definitions": definitions,
    "way": way,
    "handed": handed.sentences,
}
