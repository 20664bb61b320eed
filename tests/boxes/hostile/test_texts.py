"""A text that is dear to parse or to compile spends nothing of ours, and no try of the learner's."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from grader.verdict import Word
from tests.boxes.conftest import marked
from tests.boxes.hostile.test_hostile import HONEST, Grading, memory_mb, opened
from tests.unit.attack_texts import PARSED, REFUSED

__all__ = ["opened"]

MOST_GROWTH_MB = 50
TEXTS = {
    **{name: PARSED[name] for name in ("nested finally", "flat finally", "nested blocks")},
    **{name: REFUSED[name] for name in ("many statements", "an f-string", "attributes", "a long integer")},
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("opened", marked("docker", "bubblewrap"), indirect=True)
def test_a_text_that_nobody_could_compile_is_not_gradable(opened: Grading, name: str) -> None:
    opened.verdict(HONEST)  # what one grading needs is there
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = memory_mb("VmRSS")
    verdict, _ = opened.verdict(f"{HONEST}\n{TEXTS[name]}")
    grown = memory_mb("VmHWM") - before

    assert verdict.word is Word.NOT_GRADABLE, (verdict.word, verdict.message)
    assert " cannot be read: " in verdict.message
    assert "This did not count as an attempt." in verdict.message
    assert verdict.error is not None
    assert verdict.error.type == "SyntaxError"
    assert grown < MOST_GROWTH_MB

    began = time.monotonic()
    assert opened.verdict(HONEST)[0].word is Word.PASSED
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("opened", marked("docker", "bubblewrap"), indirect=True)
@pytest.mark.parametrize(
    ("source", "line", "sentence"),
    [
        ("x = 1\nfor a in b:\n    def f():\n        *a = b\n", 4, "Line 4 cannot be read: "),
        ("def f():\n    x, *y, *z = b\n", 2, "Line 2 cannot be read: "),
        ("x = 1\nimport b\nfrom __future__ import division\n", 3, "Line 3 cannot be read: "),
        (
            "".join(f"{' ' * n}while 1:\n" for n in range(22)) + " " * 22 + "pass",
            21,
            "Line 21 cannot be read: there are too many nested blocks.",
        ),
    ],
    ids=["star", "two stars", "future", "blocks"],
)
def test_what_only_the_compiler_finds_is_told_with_its_line(
    opened: Grading, source: str, line: int, sentence: str
) -> None:
    verdict, _ = opened.verdict(source)
    assert verdict.word is Word.NOT_GRADABLE
    assert verdict.error is not None
    assert verdict.error.line == line
    assert verdict.message.startswith(sentence)
    assert verdict.error.code == source.split("\n")[line - 1]
    assert all(probe.word.value == "not_run" for probe in verdict.probes)
