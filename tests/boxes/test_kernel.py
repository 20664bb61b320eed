"""A cell and a probe in every kind of box: what goes in, what comes out, what is told when it fails."""

from __future__ import annotations

import json

import numpy as np
import pytest

from grader.sandbox.box import BoxError, Death
from grader.sandbox.cells import METRIC, CellEnd
from sandbox_images.inside import wire
from tests.boxes.conftest import Use

DOUBLE = "def ask(answer, inputs):\n    return answer.double(inputs['x'])"


def test_a_cell_prints_and_shows_its_last_expression(use: Use) -> None:
    run = use.once("print('one')\nprint('two')\n1 + 1")
    assert (run.ok, run.end, run.stdout) == (True, CellEnd.FINISHED, "one\ntwo\n")
    assert [display.data for display in run.displays] == ["2"]


def test_cells_share_a_namespace_and_a_trailing_semicolon_hides_the_value(use: Use) -> None:
    drive = use.fresh()
    assert use.cell(drive, "a = 20;").displays == ()
    assert [d.data for d in use.cell(drive, "a + 1").displays] == ["21"]
    assert use.cell(drive, "a + 1;").displays == ()
    use.pool.run(drive.box.kill())


def test_an_error_names_the_learners_own_line(use: Use) -> None:
    run = use.once("def f(x):\n    return 1 / x\n\nf(0)")
    assert not run.ok
    assert run.end is CellEnd.FINISHED
    assert run.error is not None
    assert (run.error.type, run.error.line, run.error.code) == ("ZeroDivisionError", 2, "return 1 / x")
    assert run.error.traceback == "line 4, in <module>\n    f(0)\nline 2, in f\n    return 1 / x"


def test_a_syntax_error_has_a_line(use: Use) -> None:
    run = use.once("x = 1\nif x\n    pass")
    assert run.error is not None
    assert (run.error.type, run.error.line) == ("SyntaxError", 2)


def test_a_probe_brings_one_value_for_each_input(use: Use) -> None:
    drive = use.fresh()
    use.cell(drive, "def double(x):\n    return x * 2")
    run = use.ask(drive, DOUBLE, *({"x": np.full(3, float(n))} for n in range(5)))
    assert [value.call for value in run.values] == [0, 1, 2, 3, 4]
    assert [wire.decode(value.result).tolist() for value in run.values] == [[2.0 * n] * 3 for n in range(5)]
    assert all(wire.decode(value.changed) == [] for value in run.values)
    times = [run.started, *(value.at for value in run.values)]
    assert times == sorted(times)
    use.pool.run(drive.box.kill())


def test_a_probe_tells_which_inputs_were_changed(use: Use) -> None:
    drive = use.fresh()
    use.cell(drive, "def double(x):\n    x *= 2\n    return x")
    (value,) = use.ask(drive, DOUBLE, {"x": np.ones(2), "y": np.ones(2)}).values
    assert wire.decode(value.changed) == ["x"]
    (value,) = use.ask(drive, DOUBLE, {"x": np.ones(2)}, pure=False).values
    assert wire.decode(value.changed) == []
    use.pool.run(drive.box.kill())


NESTED = {
    "numbers": [1, 0.0, 2.5, 1j],
    "table": {"rows": [[1, 2], (3, "four")], "none": None},
    "raw": [b"12345678", np.arange(3.0)],
}
WORK = "def ask(answer, inputs):\n    return answer.work(inputs['numbers'], inputs['table'], inputs['raw'])"


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("numbers[0] += 0", []),
        ("numbers.append(numbers.pop())", []),
        ("numbers[0] = True", ["numbers"]),
        ("numbers[1] = -0.0", ["numbers"]),
        ("numbers[2] = np.float64(2.5)", ["numbers"]),
        ("numbers[2] = np.array(2.5)", ["numbers"]),
        ("numbers[0] = object()", ["numbers"]),
        ("numbers.append(numbers)", ["numbers"]),
        ("for _ in range(99): numbers.append([numbers[-1], numbers[-1], numbers])", ["numbers"]),
        ("numbers.append([0] * 10**7)", ["numbers"]),
        ("numbers[0] = type('Same', (), {'__eq__': lambda *_: True})()", ["numbers"]),
        ("numbers[0] = type('Never', (), {'__eq__': lambda *_: 1 / 0})()", ["numbers"]),
        ("table['rows'][0].reverse()", ["table"]),
        ("table['rows'][1] = [3, 'four']", ["table"]),
        ("table['none'] = table.pop('none')", []),
        ("table['rows'] = table.pop('rows')", ["table"]),
        ("table['rows'][0] = np.array([1, 2])", ["table"]),
        ("raw[0] = np.frombuffer(b'12345678')", ["raw"]),
        ("raw[0] = np.float64(np.frombuffer(b'12345678')[0])", ["raw"]),
        ("raw[1][0] = 1", ["raw"]),
        ("raw[1] = raw[1].copy()", []),
        ("raw[1].shape = (3, 1)", ["raw"]),
    ],
)
def test_what_a_call_changed_is_told_whatever_it_is_made_of(use: Use, line: str, changed: list[str]) -> None:
    drive = use.fresh()
    use.cell(drive, f"import numpy as np\ndef work(numbers, table, raw):\n    {line}")
    (value,) = use.ask(drive, WORK, NESTED).values
    assert value.error is None
    assert wire.decode(value.changed) == changed
    use.pool.run(drive.box.kill())


def test_a_call_that_raises_is_a_value_and_the_next_call_goes_on(use: Use) -> None:
    drive = use.fresh()
    use.cell(drive, "def double(x):\n    if x == 1:\n        raise ValueError('one')\n    return 2 * x")
    run = use.ask(drive, DOUBLE, {"x": 0}, {"x": 1}, {"x": 2})
    values = [wire.decode(value.result) for value in run.values]
    assert values == [0, wire.Raised(("ValueError", "Exception"), "one"), 4]
    assert run.values[1].error is not None
    assert (run.values[1].error.line, run.values[1].error.code) == (3, "raise ValueError('one')")
    use.pool.run(drive.box.kill())


def test_a_name_that_is_not_defined_is_said_in_plain_words(use: Use) -> None:
    drive = use.fresh()
    (value,) = use.ask(drive, DOUBLE, {"x": 1}).values
    assert wire.decode(value.result).message == "your code defines no `double`"
    use.pool.run(drive.box.kill())


def test_attempt_and_counted_can_be_imported_by_an_ask(use: Use) -> None:
    drive = use.fresh()
    use.cell(
        drive, "def root(f, x):\n    if x < 0:\n        raise ValueError('negative')\n    return f(f(x))"
    )
    ask = (
        "from probing import attempt, counted\n"
        "def ask(answer, inputs):\n"
        "    f = counted(lambda x: x + 1)\n"
        "    return attempt(answer.root, f, inputs['x']), f.calls"
    )
    run = use.ask(drive, ask, {"x": 1}, {"x": -1})
    assert wire.decode(run.values[0].result) == (3, 2)
    assert wire.decode(run.values[1].result) == (wire.Raised(("ValueError", "Exception"), "negative"), 0)
    use.pool.run(drive.box.kill())


def test_output_arrives_while_the_cell_runs(use: Use) -> None:
    heard: list[str] = []
    drive = use.fresh(on_output=heard.append)
    run = use.cell(drive, "import time\nfor n in range(4):\n    print(n)\n    time.sleep(0.12)")
    assert run.stdout == "".join(heard) == "0\n1\n2\n3\n"
    assert len(heard) >= 3
    use.pool.run(drive.box.kill())


def test_a_figure_comes_out_as_a_png(use: Use) -> None:
    run = use.once("import matplotlib.pyplot as plt\nplt.plot([0, 1], [1, 0]);", deadline=60)
    assert run.ok, run.error
    (display,) = run.displays
    assert display.png is not None
    assert display.png.startswith(b"\x89PNG")


def test_display_is_there_as_in_a_notebook(use: Use) -> None:
    run = use.once("import numpy as np\nfor n in (1, 2):\n    display(np.arange(n), 'a')")
    assert run.ok, run.error
    assert run.stdout == "array([0])\n'a'\narray([0, 1])\n'a'\n"


def test_the_tracker_streams_metrics(use: Use) -> None:
    run = use.once("from tracker import log\nfor step in range(3):\n    log(step, loss=1 / (step + 1))")
    assert run.ok, run.error
    assert {display.mime for display in run.displays} == {METRIC}
    assert '"loss": 1.0' in run.displays[0].data


def test_the_tracker_takes_every_sort_of_number(use: Use) -> None:
    numbers = "nan=float('nan'), inf=-np.inf, half=np.float32(0.5), whole=np.int64(3), yes=True, big=10**18"
    run = use.once(f"import numpy as np\nfrom tracker import log\nlog(np.int64(7), {numbers})")
    assert run.ok, run.error
    [display] = run.displays
    values = {"nan": None, "inf": None, "half": 0.5, "whole": 3.0, "yes": 1.0, "big": 1e18}
    assert json.loads(display.data) == {"step": 7, "values": values}


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("log(1, loss='low')", "ValueError"),
        ("log(1, loss=[1.0])", "TypeError"),
        ("log(1, loss=10**400)", "OverflowError"),
    ],
)
def test_the_tracker_says_what_is_no_number(use: Use, call: str, error: str) -> None:
    run = use.once(f"from tracker import log\n{call}")
    assert run.error is not None
    assert run.error.type == error
    assert run.error.line == 2
    assert run.displays == ()


def test_the_corpus_is_there_and_where_it_came_from_is_not(use: Use) -> None:
    """What a language model is asked about is the end of the text that Python ships."""
    run = use.once("from corpus import text\nlen(text()), len(set(text()))")
    assert [display.data for display in run.displays] == ["(420000, 103)"]
    run = use.once("import pydoc_data.topics")
    assert run.error is not None
    assert run.error.type == "ModuleNotFoundError"
    search = "import os\n[path for path, _, _ in os.walk('/') if 'pydoc' in path and os.listdir(path)]"
    assert [display.data for display in use.once(search).displays] == ["[]"]


def test_limits_can_be_set_only_once(use: Use) -> None:
    drive = use.fresh()
    message = {"op": "limits", "memory_mb": 100_000, "seed": 2}
    run = use.pool.run(drive._run("limits", message, (), "", 5))
    assert not run.ok
    assert run.error is not None
    assert run.error.type == "LimitsFailed"
    use.pool.run(drive.box.kill())


def test_the_same_seed_gives_the_same_random_numbers(use: Use) -> None:
    source = "import random\nimport numpy as np\nprint(random.random(), np.random.rand())"
    first, second, other = (use.once(source, seed=seed).stdout for seed in (7, 7, 8))
    assert first == second != other


def test_a_killed_box_says_so_and_is_not_used_again(use: Use) -> None:
    drive = use.fresh()
    assert drive.box.death() is None
    use.pool.run(drive.box.kill())
    assert drive.box.death() is Death.KILLED_BY_US
    with pytest.raises(BoxError, match="the pool ended the box"):  # no fault of whoever's code it is
        use.cell(drive, "1")
    assert use.box() is not drive.box
