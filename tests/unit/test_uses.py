"""An exercise that uses earlier ones is read with them; what cannot be used is said with file and line."""

# ruff: noqa: E501  (tables of mistakes, one in a line)
from __future__ import annotations

import pytest

from grader.exercise.folder import ExerciseError, load
from grader.exercise.pieces import module_of, number_of
from grader.grading.source import check
from grader.proving.record import proven_digest
from tests.grader.earlier import COURSE, FIRST, SECOND, THIRD, course, exercise, written


@pytest.mark.parametrize(
    ("name", "module", "number"),
    [
        ("11-attention/04-multi-head", "multi_head", "11.4"),
        ("sums/double", "double", "sums/double"),
        ("11-a/04-3d", "", "11.4"),
        ("11-a/04-class", "", "11.4"),
        ("01-a/10-x", "x", "1.10"),
    ],
)
def test_what_an_exercise_is_called(name, module, number):
    assert (module_of(name), number_of(name)) == (module, number)


def test_a_chain_is_read_and_ordered(tmp_path):
    third = exercise(THIRD)
    assert [used.id for used in third.uses] == [SECOND]
    assert [(piece.id, piece.module) for piece in third.pieces] == [(FIRST, "clipped"), (SECOND, "twice")]
    assert third.requires == (SECOND,)
    assert exercise(FIRST).pieces == ()
    folder = load(written(tmp_path) / THIRD)
    assert (folder.digest, folder.grading_digest) == (third.digest, third.grading_digest)


@pytest.mark.parametrize(
    ("changed", "regrades"),
    [
        (
            {"first": {"reference.py": COURSE[FIRST]["reference.py"].replace("LIMIT)\n", "LIMIT) + 0\n")}},
            True,
        ),
        ({"first": {"alternatives/where.py": '"""By where."""\nclipped = None\n'}}, True),
        ({"first": {"given.py": "LIMIT = 9.0\n"}}, True),
        ({"second": {"alternatives/added.py": '"""Added."""\ntwice = None\n'}}, True),
        ({"first": {"probes.py": COURSE[FIRST]["probes.py"].replace("seeds=2", "seeds=3")}}, False),
        ({"first": {"task.md": "## Task 1: Clipped\n\nMore words.\n"}}, False),
        ({"first": {"reference.py": "# a comment\n" + COURSE[FIRST]["reference.py"]}}, False),
    ],
)
def test_what_is_used_is_part_of_the_digests(changed, regrades):
    before, after = exercise(THIRD), exercise(THIRD, course(**changed))
    assert after.digest != before.digest, "a revision holds one version of all that it uses"
    assert (after.grading_digest != before.grading_digest) is regrades
    assert (proven_digest(after) != proven_digest(before)) is regrades


def refused(**changed):
    with pytest.raises(ExerciseError) as caught:
        exercise(THIRD, course(**changed))
    return str(caught.value)


def uses(*names: str) -> dict[str, str]:
    listed = ", ".join(f'"{name}"' for name in names)
    return {
        "exercise.toml": COURSE[THIRD]["exercise.toml"].replace(f'uses = ["{SECOND}"]', f"uses = [{listed}]")
    }


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["04-chain/09-gone"], f'{THIRD}/exercise.toml:5: there is no exercise "04-chain/09-gone" in this course.'),
        (["nowhere"], f'{THIRD}/exercise.toml:5: "nowhere" does not name an exercise: write "module/exercise".'),
        ([FIRST, FIRST], f'{THIRD}/exercise.toml:5: "{FIRST}" stands twice in uses'),
        (["04-chain/03-3d"], f"{THIRD}/exercise.toml:5: no module can be called after"),
        ([f"04-chain/0{n}-x" for n in range(7)], f"{THIRD}/exercise.toml:5: uses names 7 exercises, at most 6"),
        ([THIRD], f"in a circle: {THIRD} -> {THIRD}."),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_with_the_line(names, sentence):
    assert sentence in refused(third=uses(*names))


def test_a_circle_is_refused_where_it_closes():
    first = {"exercise.toml": 'uses = ["' + THIRD + '"]\n' + COURSE[FIRST]["exercise.toml"]}
    said = refused(first=first)
    assert said.startswith(f"{FIRST}/exercise.toml:1: these exercises use each other in a circle: ")
    assert f"{THIRD} -> {SECOND} -> {FIRST} -> {THIRD}." in said


def test_two_pieces_of_one_name_are_refused():
    files = course(third=uses(SECOND, "05-other/07-clipped"))
    files["05-other/07-clipped"] = COURSE[FIRST]
    with pytest.raises(ExerciseError, match=r"would both be `mylib.clipped`. Rename one folder."):
        exercise(THIRD, files)


def test_a_piece_needs_its_libraries():
    torch = {"exercise.toml": 'profile = "torch"\n' + COURSE[FIRST]["exercise.toml"]}
    said = refused(first=torch)
    assert said == (f'{SECOND}/exercise.toml:5: "{FIRST}" needs torch: write profile = "torch" here, too.')


def test_more_pieces_than_a_box_holds_are_refused():
    files = {}
    for n in range(30):
        toml = COURSE[THIRD]["exercise.toml"].replace(f'"{SECOND}"', f'"05-long/{n + 1:02}-e{n + 1}"')
        files[f"05-long/{n:02}-e{n}"] = {**COURSE[FIRST], "exercise.toml": toml}
    with pytest.raises(ExerciseError, match="with all that is used in turn these are more than 24"):
        exercise("05-long/00-e0", files)


@pytest.mark.parametrize(
    ("name", "source", "sentence"),
    [
        (SECOND, "from mylib.clipped import clipped\n", ""),
        (SECOND, "import mylib\nmylib.clipped.clipped(1)\n", ""),
        (SECOND, "from mylib import clipped\n", ""),
        (SECOND, "from mylib.other import f\n", "Line 1 uses `mylib.other`, but here there is `mylib.clipped`."),
        (THIRD, "x = 1\nimport mylib.clipped\n", "Line 2 uses `mylib.clipped`, but here there is `mylib.twice`."),
        (FIRST, "import mylib\n", "Line 1 uses `mylib`, but this exercise has no `mylib`."),
        (FIRST, "__import__('mylib.twice')\n", "Line 1 uses `mylib.twice`, but this exercise has no `mylib`."),
        (FIRST, "mylib = [1]\nmylib.append(2)\n", ""),
    ],
)  # fmt: skip
def test_the_fence_lets_through_what_is_used_and_no_more(name, source, sentence):
    problem = check(source, exercise(name))
    assert (problem.error.message if problem else "").startswith(sentence)
    assert (problem is None) is (sentence == "")
