"""The tables that lay an answer beside the expected one, from the grader's own data."""

import dataclasses

import numpy as np
import pytest

from grader.language import T64, Tolerance
from grader.values.compare import compare, preview
from grader.verdict import CallDetail, Failing, Kind, Word, to_json
from tests.conftest import verdict
from zero_to_gpt.site.templatetags.values import as_tables, comparisons
from zero_to_gpt.site.templatetags.verdicts import by_task, duration, headline, plain, proved


def call(got, expected, tolerance: Tolerance = T64) -> dict:
    differences = compare(got, expected, tolerance, dtype="same", kind=Failing.VALUE)
    detail = CallDetail(seed="0", got=preview(got), expected=preview(expected), differences=differences)
    return to_json(detail)


def cells(table, css):
    """The places of cells, as the heads of their rows and columns name them."""
    return [
        f"[{row['label']}, {column}]" if table["headed"] else f"[{column}]"
        for row in table["rows"]
        for column, cell in zip(table["columns"], row["cells"], strict=True)
        if css in cell["css"].split()
    ]


def test_only_the_wrong_cells_are_marked():
    expected = np.arange(6.0).reshape(2, 3)
    got = expected.copy()
    got[1, 2] += 0.5
    (group,) = comparisons(call(got, expected))
    names = [table["name"] for table in group["tables"]]
    assert names == ["Expected", "Yours", "Difference"]
    assert cells(group["tables"][1], "off") == ["[1, 2]"]
    assert cells(group["tables"][2], "plus") == ["[1, 2]"]
    assert len(cells(group["tables"][2], "same")) == 5
    assert group["live"]


def test_a_small_difference_is_visible_in_the_digits():
    (group,) = comparisons(call(np.array([1.00000012]), np.array([1.0])))
    shown = [table["rows"][0]["cells"][0]["text"] for table in group["tables"][:2]]
    assert shown[0] != shown[1]


def test_a_wrong_shape_has_no_difference_table():
    (group,) = comparisons(call(np.zeros(3), np.zeros((4, 3))))
    assert [table["name"] for table in group["tables"]] == ["Expected", "Yours"]
    assert [table["shape"] for table in group["tables"]] == ["(4, 3) float64", "(3,) float64"]
    assert not group["live"]


def test_nan_and_inf_are_hatched_and_marked():
    (group,) = comparisons(call(np.array([1.0, np.nan, np.inf]), np.array([1.0, 2.0, 3.0])))
    mine = group["tables"][1]
    assert cells(mine, "odd-value") == cells(mine, "off") == ["[1]", "[2]"]


def test_the_values_of_a_dictionary_are_compared_one_by_one():
    expected = {"dW": np.ones((2, 2)), "db": np.zeros(2), "note": "x"}
    got = {"dW": np.ones((2, 2)) * 2, "db": np.zeros(2), "note": "x"}
    groups = comparisons(call(got, expected))
    assert [group.get("path") for group in groups] == ["['dW']", None]
    assert groups[1]["agreeing"] == ["['db']", "['note']"]


def test_rows_of_more_axes_are_named_by_their_whole_index():
    value = np.arange(24.0).reshape(2, 3, 4)
    (group,) = as_tables(to_json(preview(value)))
    labels = [row["label"] for row in group["tables"][0]["rows"]]
    assert labels == ["0, 0", "0, 1", "0, 2", "1, 0", "1, 1", "1, 2"]


@pytest.mark.parametrize(
    "got", [None, 3.5, "text", True, [], {}, np.zeros(0), np.array(2.0), (1, np.zeros(2))]
)
def test_every_kind_of_value_can_be_drawn(got):
    assert comparisons(call(got, np.zeros((2, 2))))
    assert as_tables(to_json(preview(got)))


def test_the_first_failing_check_stands_above_all_tasks():
    laid = by_task(verdict(Word.FAILED).for_learner())
    assert laid["first"]["name"] == "Hidden"
    (task,) = laid["tasks"]
    assert task["badge"]["text"] == "1 of 2 checks pass"
    assert [row["above"] for row in task["rows"]] == [False, True]
    assert by_task(verdict(Word.PASSED).for_learner())["first"] is None


def test_the_sentence_of_a_verdict_and_the_check_above_are_about_the_same():
    failed = verdict(Word.FAILED).for_learner()
    texts = ("`f` is slow.", "`f` returned nothing.")
    wrong, right = (
        probe | {"word": "failed", "message": text}
        for probe, text in zip(failed["probes"], texts, strict=True)
    )
    failed |= {"probes": [wrong, right], "message": "Task 1: `f` returned nothing."}
    assert by_task(failed)["first"] is right


def test_a_reason_is_said_once():
    """Of a hidden probe it is said a little longer, and goes on about an open example."""
    failed = verdict(Word.FAILED).for_learner()
    texts = (
        "`f` returned shape (3,), expected (4, 3).",
        "`f` returned shape (3,), expected (4, 3), on a hidden example. On an open example: `f` ...",
        "`f` returned nothing on a hidden example. Is a `return` missing?",
    )
    probes = [failed["probes"][0] | {"word": "failed", "message": text} for text in texts]
    rows = by_task(failed | {"probes": probes})["tasks"][0]["rows"]
    assert [row["same"] for row in rows] == [True, True, False]
    assert [row["short"] for row in rows] == ["", "", "`f` returned nothing. Is a `return` missing?"]


def test_of_a_large_array_what_stands_around_the_worst_cell_is_shown():
    expected = np.zeros((64, 64))
    got = expected.copy()
    got[:, 3] = 0.1
    got[40, 50] = -7.0
    (group,) = comparisons(call(got, expected))
    mine = group["tables"][1]
    assert (len(mine["rows"]), len(mine["columns"])) == (10, 10)
    assert cells(mine, "off") == ["[40, 50]"]
    assert all(table["cut"] for table in group["tables"])
    (whole,) = comparisons(call(got, expected), True)
    assert len(whole["tables"][1]["rows"]) == 64
    assert "[40, 50]" in cells(whole["tables"][1], "off")


def test_many_arrays_share_the_room_of_one_call():
    value = {f"w{n}": np.ones((8, 8)) for n in range(20)}
    groups = comparisons(call({name: array + 1 for name, array in value.items()}, value))
    drawn = sum(len(row["cells"]) for group in groups for t in group["tables"] for row in t.get("rows", ()))
    assert 0 < drawn <= 300
    assert groups[-1]["tables"][0]["text"] == "not drawn here"


def test_a_run_never_says_that_the_exercise_is_passed():
    run = dataclasses.replace(verdict(Word.PASSED), kind=Kind.RUN).for_learner()
    assert headline("passed", run)["text"] == "The visible checks pass"
    assert headline("passed", verdict(Word.PASSED).for_learner())["text"] == "Passed"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.0042, "4 ms"), (0.25, "0.2 s"), (1.94, "1.9 s"), (12.4, "12 s"), (600.0, "10 min")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_lists_of_numbers_are_one_table_with_the_wrong_places_marked():
    (group,) = comparisons(call([[1.0, 2.0], [3.0, 5.0]], [[1.0, 2.0], [3.0, 4.0]]))
    assert cells(group["tables"][1], "off") == ["[1, 1]"]
    assert group["tables"][0]["shape"] == "list of 2"


def test_none_instead_of_several_arrays_is_said_once():
    (group,) = comparisons(call(None, (np.ones(2), np.ones((2, 2)))))
    assert [table["text"] for table in group["tables"]] == [
        "[array (2,) float64, array (2, 2) float64]",
        "None",
    ]


def test_a_text_has_its_quotes_and_a_number_has_none():
    (group,) = comparisons(call("5", 5))
    assert [table["text"] for table in group["tables"]] == ["5", '"5"']


def test_the_only_task_of_an_exercise_is_told_by_its_checks():
    """ "0 of 1 tasks pass" says nothing."""
    assert headline("failed", verdict(Word.FAILED).for_learner())["text"] == "1 of 2 checks pass"


def test_a_missing_item_of_a_dictionary_is_nothing():
    groups = comparisons(call({"dW": np.ones(2)}, {"dW": np.ones(2), "db": np.ones(1)}))
    assert groups[0]["path"] == "['db']"
    assert groups[0]["tables"][1]["text"] == "nothing"


def test_inputs_stand_under_their_names():
    groups = as_tables(to_json(preview({"x": np.ones((2, 2)), "axis": -1, "parts": (np.ones(2), None)})))
    assert [group["path"] for group in groups] == ["x", "axis", "parts[0]", "parts[1]"]


def test_a_call_that_passed_shows_what_came_back():
    (group,) = comparisons(call(np.ones(3), np.ones(3)))
    assert [table["name"] for table in group["tables"]] == ["Result"]


def test_a_workers_figures_are_words():
    assert plain({"numpy": 2, "refill": 0.02286322, "walls": {"net": True}, "refusals": {}}) == (
        "numpy: 2, refill: 0.0229, walls: net: yes, refusals: none"
    )


def test_what_was_proved_is_told_once_and_first_what_tasks_share():
    told = [("a", 1), ("mine", 1), ("a", 2), ("b", 2), ("b", 3), ("b", 3), ("a", 3)]
    verdict = {
        "tasks": [{"id": number, "title": f"T{number}"} for number in (1, 2, 3)],
        "probes": [{"title": title, "task": task} for title, task in told],
    }
    assert proved(verdict) == [
        {"tasks": ["T1", "T2", "T3"], "checks": ["a"]},
        {"tasks": ["T2", "T3"], "checks": ["b"]},
        {"tasks": ["T1"], "checks": ["mine"]},
    ]
    assert proved({"tasks": [], "probes": []}) == []
