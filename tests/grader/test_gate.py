"""The gate opens for a proven exercise and names, in one sentence each, what speaks against another."""

import json
import re
import shutil
from pathlib import Path

import pytest

from grader.exercise.folder import Exercise, ExerciseError, from_files
from grader.exercise.manifest import QUESTIONS
from grader.grading.expected import FolderStore, compute, public_seeds
from grader.grading.source import Looked
from grader.proving import cheats, gate, record
from grader.proving.gate import GateReport, verify, verify_all
from grader.sandbox.pool import Pool
from grader.verdict import ProbeWord
from tests.grader.conftest import EXERCISES
from tests.grader.grading import verdict_of

SMALL = {
    "exercise.toml": """
title = "Double"
summary = "Twice as much."
minutes = 1
[limits]
seconds = 2
probe_seconds = 2
[[tasks]]
id = 1
title = "Double"
hints = ["Twice."]
""",
    "task.md": "## Task 1: Double\n",
    "starter.py": "def double(x):\n    ...\n",
    "reference.py": "def double(x):\n    return x + x\n",
    "probes.py": """
from grader.language import probe

@probe(task=1, visible=True, seeds=1)
class Seen:
    def make(rng):
        return {"x": rng.normal(size=3)}
    def ask(answer, inputs):
        return answer.double(inputs["x"])

@probe(task=1, seeds=2)
class Hidden:
    def make(rng):
        return {"x": rng.normal(size=(2, 3))}
    def ask(answer, inputs):
        return answer.double(inputs["x"])
""",
    "alternatives/times.py": '"""Times two."""\ndef double(x):\n    return 2.0 * x\n',
    "alternatives/minus.py": '"""Minus minus."""\ndef double(x):\n    return x - -x\n',
    **{
        f"mutants/m{n}.py": f'"""task: 1\n\nExplanation {n}.\n"""\ndef double(x):\n    return x * {n}.5\n'
        for n in range(6)
    },
}


def small(**texts: str) -> Exercise:
    """The small exercise with some files replaced (`/` is written `__`, a `.py` is understood)."""
    files = dict(SMALL)
    for name, text in texts.items():
        path = name.replace("__", "/")
        files[path if path in files else f"{path}.py"] = text
    return from_files("basics/double", files)


def report(exercise: Exercise, pool: Pool, tmp_path: Path) -> GateReport:
    return verify(exercise, pool, FolderStore(tmp_path), full=True)


@pytest.fixture(autouse=True)
def few_cheats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cheats are enough where the cheats themselves are not the subject."""
    two = tuple(cheat for cheat in cheats.standard() if cheat.name in ("constants", "returns_input"))
    assert len(two) == 2
    monkeypatch.setattr(gate.cheats, "standard", lambda: two)


def test_a_sound_exercise_is_publishable(pool: Pool, tmp_path: Path) -> None:
    found = report(small(), pool, tmp_path)
    assert found.problems == []
    data = found.to_json()
    json.dumps(data, allow_nan=False)
    assert data["publishable"] is True
    assert data["reference"] == {"passed": True, "seeds": 50}
    assert data["starter"] == "not_attempted"
    assert data["alternatives"] == {"passed": 2, "total": 2}
    assert data["mutants"] == {"killed": 6, "total": 6, "survivors": []}
    # Two of the standard ones, one that searches, and seven that know the public inputs.
    assert data["cheats"] == {"tried": 2 + 1 + 7, "gained": []}
    assert data["automatic_mutants"]["rate"] == 1.0
    assert data["diagnosis"]["own"] == 6


def test_an_exercise_with_every_kind_of_probe_is_publishable(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    found = verify(vectors, pool, store)
    assert found.problems == []
    assert found.automatic_mutants["equivalent"] == 3
    assert found.kill_rate == 1.0


def test_what_is_handed_over_in_another_order_is_told_before_anything_is_asked(
    pool: Pool, tmp_path: Path
) -> None:
    power = "def double(x, n):\n    return x * 2.0 ** n\n"
    probes = (
        "from grader.language import calls\n\n"
        '@calls({1: "double"}, visible=True)\ndef Seen(rng):\n    return {"x": 1.0, "n": 1.0}\n\n'
        '@calls({1: "double"})\ndef Hidden(rng):\n    return {"n": 3.0, "x": 1.0}\n'
    )
    found = report(small(reference=power, probes=probes), pool, tmp_path)
    assert found.problems == [
        "basics/double/probes.py:8: probe `Hidden`: `make` returns n, x, which `double(x, n)` takes by "
        "position, so `n` arrives as `x`. Write the keys in the order of the parameters."
    ]
    assert found.reference == {}
    assert not list(tmp_path.rglob("*.case"))


def test_a_starter_that_counts_as_an_attempt_is_refused(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.grading.source.look", lambda source, exercise: Looked())
    found = report(small(), pool, tmp_path)
    assert "basics/double: the starter is graded failed, it must be not_attempted." in found.problems


def test_a_wrong_alternative_is_named_with_probe_and_seed(pool: Pool, tmp_path: Path) -> None:
    wrong = '"""Wrong on some seeds."""\ndef double(x):\n    return 2 * x if x[0].sum() < 3.0 else x\n'
    found = report(small(alternatives__times=wrong), pool, tmp_path)
    (problem,) = found.problems
    assert problem.startswith("basics/double: the alternative `times` fails at probe `Hidden` (seed 10")
    assert found.alternatives == {"passed": 1, "total": 2}


PROBES = """
import numpy as np
from grader.language import calls

def exact(x, n=2):
    return {truth}

@calls({{1: "double"}}, visible=True, truth=exact)
def Seen(rng):
    return {{"x": 1.0}}

@calls({{1: "double"}}, seeds=1, truth=exact)
def Cases(rng):
    return [{{"x": np.array([1.0, 2.0]), "n": 2}}, {{"x": np.array([[2.0, -3.0]] * 9), "n": 2}}]

@calls({{1: "double"}}, seeds=1, truth=exact)
def One(rng):
    return {{"x": np.array([-0.5]), "n": 2}}
"""


def test_where_the_reference_fails_is_told_with_the_case_and_its_inputs(pool: Pool, tmp_path: Path) -> None:
    probes = PROBES.format(truth="n * abs(x)")
    found = report(small(probes=probes, reference="def double(x, n=2):\n    return n * x\n"), pool, tmp_path)
    one, cases = sorted(found.problems, reverse=True)
    assert re.sub(r"seed \d+", "seed S", cases) == (
        "basics/double: the reference fails at probe `Cases` (seed S): failed. value differs at "
        "case [1]: got -6.0, expected 6.0, accepted within 6e-09. "
        "Asked with case [1] of 2: x = float64 9x2 [2, -3, 2, -3, ...], n = 2."
    )
    assert re.sub(r"seed \d+", "seed S", one) == (
        "basics/double: the reference fails at probe `One` (seed S): failed. value differs: got -1.0, "
        "expected 1.0, accepted within 1e-09. Asked with x = float64 1 [-0.5], n = 2."
    )


def test_what_the_reference_raises_is_told_with_its_line_and_the_inputs(pool: Pool, tmp_path: Path) -> None:
    probes = PROBES.format(truth="n * x")
    strict = (
        "def double(x, n=2):\n    if np.ndim(x) == 1:\n"
        "        raise ValueError('no rows\\nat all')\n    return n * x\n"
    )
    found = report(small(probes=probes, reference=f"import numpy as np\n{strict}"), pool, tmp_path)
    one, cases = sorted(found.problems, reverse=True)
    assert "`Cases`" in cases
    assert "ValueError: no rows at all (line 4, `raise ValueError('no rows\\nat all')`)" in cases
    assert cases.endswith("Asked with 2 cases, the first: x = float64 2 [1, 2], n = 2.")
    assert one.endswith("Asked with x = float64 1 [-0.5], n = 2.")


def test_a_mutant_that_passes_is_a_survivor(pool: Pool, tmp_path: Path) -> None:
    right = '"""task: 1\n\nNot wrong at all.\n"""\ndef double(x):\n    return x * 2\n'
    found = report(small(mutants__m3=right), pool, tmp_path)
    assert found.mutants["survivors"] == ["m3"]
    (problem,) = found.problems  # that it is paid where it is right on public inputs has the same cause
    assert "the mutant `m3` is graded passed" in problem
    assert found.cheats["gained"] == ["right on public inputs, otherwise the mutant `m3`"]


def test_a_mutant_that_never_runs_is_no_proof(pool: Pool, tmp_path: Path) -> None:
    crashing = '"""task: 1\n\nCrashes.\n"""\n1 / 0\n'
    found = report(small(mutants__m3=crashing), pool, tmp_path)
    assert any("the mutant `m3` is graded crashed" in problem for problem in found.problems)


def test_a_static_mutant_must_be_refused_before_it_runs(pool: Pool, tmp_path: Path) -> None:
    static = '"""task: static\n\nUses the library.\n"""\ndef double(x):\n    return x * 3\n'
    found = report(small(mutants__m3=static), pool, tmp_path)
    assert any("`m3` must be refused before it runs, but is graded failed" in p for p in found.problems)


def test_mutants_with_the_same_values_are_reported(pool: Pool, tmp_path: Path) -> None:
    twin = '"""task: 1\n\nAnother explanation.\n"""\ndef double(x):\n    return 2.5 * x\n'
    found = report(small(mutants__m9=twin), pool, tmp_path)
    assert found.publishable
    assert found.diagnosis["same_values"] == [["m9", "m2"]]
    assert found.remarks == ["the mutants `m9` and `m2` cannot be told apart by their values"]


def test_a_paying_probe_that_another_seeds_values_satisfy_is_refused(pool: Pool, tmp_path: Path) -> None:
    constant = SMALL["probes.py"].replace('"x": rng.normal(size=(2, 3))', '"x": 1.0')
    found = report(small(probes=constant), pool, tmp_path)
    assert any(
        "probe `Hidden` accepts the reference's answer to another seed in 132 of 132 pairs" in problem
        for problem in found.problems
    )


def test_a_judge_that_another_seeds_values_satisfy_is_refused(pool: Pool, tmp_path: Path) -> None:
    lenient = (
        SMALL["probes.py"]
        .replace("import probe", "import probe, residual")
        .replace("@probe(task=1, seeds=2)", "@probe(task=1, seeds=2, judge=residual(below=1e-9))")
        + "    def judge(inputs, got):\n        return 0.0 if got.shape == (2, 3) else 1.0\n"
    )
    found = report(small(probes=lenient), pool, tmp_path)
    assert any("probe `Hidden` accepts the reference's answer to another seed" in p for p in found.problems)


def judged(body: str) -> str:
    """The small exercise's probes with a judge of its hidden one."""
    return (
        SMALL["probes.py"]
        .replace(
            "from grader.language import probe",
            "import numpy as np\nfrom grader.language import probe, residual",
        )
        .replace("@probe(task=1, seeds=2)", "@probe(task=1, seeds=2, judge=residual(below=1e-9))")
        + f"    def judge(inputs, got):\n        {body}\n"
    )


def test_a_judge_that_accepts_spoiled_numbers_is_refused(pool: Pool, tmp_path: Path) -> None:
    body = "return float(np.abs(np.sum(got) - np.sum(inputs['x'] * 2)) > 1e-9) if got.size else 0.0"
    found = report(small(probes=judged(body)), pool, tmp_path)
    told = [problem for problem in found.problems if "accepts an answer with" in problem]
    assert len(told) == 1
    assert "`Hidden` accepts an answer with no entries" in told[0]


def test_a_judge_that_pays_may_say_in_words_what_is_wrong(pool: Pool, tmp_path: Path) -> None:
    body = """if got.shape != inputs["x"].shape or not np.isfinite(got).all():
            return "that is nothing of its form."
        return "one number is not twice the other." if np.abs(got - 2 * inputs["x"]).max() > 1e-9 else 0.0"""
    assert report(small(probes=judged(body)), pool, tmp_path).problems == []
    seen = judged(body).replace("class Seen", "class Plain").replace("class Hidden", "class Seen")
    seen = seen.replace("visible=True, seeds=1", "seeds=2").replace("seeds=2, judge", "visible=True, judge")
    store, exercise = FolderStore(tmp_path / "seen"), small(probes=seen)
    compute(exercise, pool, store)
    verdict = verdict_of(exercise, "def double(x):\n    return x * 3\n", pool, store)
    told = {probe.name: probe.message for probe in verdict.probes}["Seen"]
    assert told == "`double`: in the check “Seen”, one number is not twice the other."


@pytest.mark.parametrize(
    ("body", "returned"),
    [
        ("return got - inputs['x'] * 2 if got.ndim == 1 else 0.0", "np.ones(3)"),
        ("return got.tolist() if got.ndim == 1 else 0.0", "np.ones(3)"),
        ("return int(got[0]) ** 40 if got.ndim == 1 else 0.0", "np.array([2**62])"),
        ("import os\n        return os._exit(1) if got.ndim == 0 else 0.0", "np.float64(1)"),
        ("return max(0.0, abs(float((got * 4 - got * 4).sum())))", "np.full((2, 3), 1.7e308)"),
        ("return max(0.0, abs(float(got.sum() * 0)))", "np.full((2, 3), float('nan'))"),
    ],
    ids=["array", "list", "long", "dies", "overflows", "nan"],
)
def test_no_value_makes_a_judge_pay_or_fail_us(pool: Pool, tmp_path: Path, body: str, returned: str) -> None:
    exercise, store = small(probes=judged(body)), FolderStore(tmp_path)
    compute(exercise, pool, store)
    source = f"import numpy as np\ndef double(x):\n    return {returned} if x.ndim == 2 else x + x\n"
    if "_exit" in body:
        with pytest.raises(ExerciseError):  # how it ended is not known to be the learner's doing
            verdict_of(exercise, source, pool, store)
        return
    verdict = verdict_of(exercise, source, pool, store)
    assert {probe.name: probe.word.value for probe in verdict.probes}["Hidden"] == "failed"


def test_probes_that_notice_too_little_are_refused(pool: Pool, tmp_path: Path) -> None:
    blind = "def double(x):\n    unused = x * 3 - 1\n    other = 5 + 2\n    return x + x\n"
    found = report(small(reference=blind), pool, tmp_path)
    assert any("of the automatic mutants are noticed, 90% are needed" in p for p in found.problems)
    assert found.kill_rate is not None
    assert found.kill_rate < 0.9
    assert found.automatic_mutants["survivors"][0]["line"] == 2


def test_a_change_that_a_probe_notices_is_not_equivalent(pool: Pool, tmp_path: Path) -> None:
    name = "double: x + x -> x - x"
    text = f'[[equivalent]]\nmutation = "{name}"\nreason = "None."\n'
    files = SMALL | {"equivalent.toml": text}
    found = report(from_files("basics/double", files), pool, tmp_path)
    told = f"basics/double: equivalent.toml says that `{name}` changes nothing, but a probe fails."
    assert told in found.problems


def test_an_equivalent_that_is_no_mutation_is_refused(pool: Pool, tmp_path: Path) -> None:
    files = SMALL | {"equivalent.toml": '[[equivalent]]\nmutation = "triple: 1 -> 2"\nreason = "None."\n'}
    found = report(from_files("basics/double", files), pool, tmp_path)
    assert any("names `triple: 1 -> 2`, which is no mutation" in problem for problem in found.problems)


def test_too_few_mutants_or_alternatives_are_refused(pool: Pool, tmp_path: Path) -> None:
    files = {
        path: text for path, text in SMALL.items() if path not in ("alternatives/minus.py", "mutants/m0.py")
    }
    found = report(from_files("basics/double", files), pool, tmp_path)
    assert "basics/double: it has fewer than two alternatives." in found.problems
    assert "basics/double: it has 5 mutants, at least six are needed." in found.problems


def test_gradients_need_two_proofs(pool: Pool, tmp_path: Path) -> None:
    gradient = (
        SMALL["probes.py"]
        + """
@probe(task=1, seeds=2, kind="gradient", wrt=("x",))
class Slope:
    def make(rng):
        return {"x": rng.normal(size=4)}
    def ask(answer, inputs):
        return answer.double(inputs["x"])
    def value(answer, inputs):
        return (inputs["x"] ** 2).sum()
"""
    )
    found = report(small(probes=gradient), pool, tmp_path)
    assert found.problems == [
        "basics/double: the gradients of task 1 have 1 proof, two are needed: `wrt=` with a `value`, and a "
        "`truth` worked out another way."
    ]
    proven = gradient + "    def truth(inputs):\n        return 2.0 * inputs['x']\n"
    found = report(small(probes=proven), pool, tmp_path)
    assert found.problems == []
    assert found.proofs["gradients"] == {"1": 2}


def test_a_wrong_gradient_of_the_reference_is_found(pool: Pool, tmp_path: Path) -> None:
    wrong = (
        SMALL["probes.py"]
        + """
@probe(task=1, seeds=2, kind="gradient", wrt=("x",))
class Slope:
    def make(rng):
        return {"x": rng.normal(size=4)}
    def ask(answer, inputs):
        return answer.double(inputs["x"])
    def value(answer, inputs):
        return (inputs["x"] ** 3).sum()
    def truth(inputs):
        return 2.0 * inputs["x"]
"""
    )
    found = report(small(probes=wrong), pool, tmp_path)
    assert any("probe `Slope`: the gradient of `x` is" in problem for problem in found.problems)


@pytest.mark.parametrize("cheat", cheats.standard.__wrapped__(), ids=lambda cheat: cheat.name)
def test_no_cheat_gains_a_point(
    cheat: cheats.Cheat, vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    source = cheat.source(vectors)
    assert "NAMES = ['centre', 'scale', 'solve']" in source
    assert verdict_of(vectors, source, pool, store, explain=False).points == 0


def test_what_only_a_visible_probe_asks_is_not_paid_for(pool: Pool, tmp_path: Path) -> None:
    """The class of a size that is checked on public inputs only: right there, wrong where it is paid."""
    wrong = '"""task: 1\n\nLists go wrong."""\ndef double(x):\n    return x * (3 if x.ndim == 1 else 2)\n'
    found = report(small(mutants__m3=wrong), pool, tmp_path)
    assert found.problems == [
        "basics/double: an answer that is right on public inputs and elsewhere the mutant `m3` is paid "
        "task 1: let a hidden probe ask what only a visible one asks."
    ]
    assert found.cheats["gained"] == ["right on public inputs, otherwise the mutant `m3`"]


@pytest.mark.parametrize(
    "handed",
    ['inputs["x"]', 'Holder(inputs["x"])', '(lambda kept: lambda: kept)({"right": 2 * inputs["x"]})'],
    ids=["beside it", "in an attribute", "in a closure"],
)
def test_an_answer_that_lies_in_what_is_handed_over_is_found(handed: str, pool: Pool, tmp_path: Path) -> None:
    twice = """
import numpy as np
from grader.language import probe, travels

@travels
class Holder:
    def __init__(self, x):
        self.x, self.right = x, x * 2

@travels
def taken(thing, x):
    return x

@probe(task=1, visible=True, seeds=2)
class Seen:
    def make(rng):
        x = rng.normal(size=3)
        return {"x": x, SECRET}
    def ask(answer, inputs):
        return answer.double(inputs["x"], HANDED)

@probe(task=1, seeds=2)
class Hidden:
    def make(rng):
        x = rng.normal(size=(2, 3))
        return {"x": x, SECRET}
    def ask(answer, inputs):
        return answer.double(inputs["x"], HANDED)
"""
    beside = handed == 'inputs["x"]'
    probes = twice.replace("HANDED", handed).replace("SECRET", '"r": 2 * x' if beside else '"n": 1')
    second = {
        path: text.replace("double(x)", "double(x, thing)")
        for path, text in SMALL.items()
        if "double(x)" in text
    }
    # This cheat happens to fail at what the engine asks again: here it is the gate that has to find it.
    permits = "[permits]\n" + "".join(f'{word} = "Anything goes."\n' for word in QUESTIONS)
    second |= {
        "exercise.toml": SMALL["exercise.toml"].replace("[[tasks]]", f"{permits}[[tasks]]"),
        "task.md": SMALL["task.md"] + "Anything goes.\n",
    }
    exercise = from_files("basics/double", SMALL | second | {"probes.py": probes})
    found = report(exercise, pool, tmp_path)
    assert "searches_what_it_is_handed" in found.cheats["gained"]
    assert any("an answer that searches what it is handed gains" in p for p in found.problems)


def test_an_answer_that_knows_the_public_inputs_is_right_there(
    vectors: Exercise, pool: Pool, store: FolderStore
) -> None:
    """Or it would prove nothing about the hidden ones."""
    public = {
        probe.name: [
            case.inputs
            for seed in public_seeds(probe)
            if (case := store.get(vectors.grading_digest, digest_of(pool, vectors), probe.name, seed))
        ]
        for probe in vectors.probes
    }
    source = cheats.right_on_public_inputs(vectors, public, cheats.arbitrary(vectors))
    verdict = verdict_of(vectors, source, pool, store)
    assert verdict.points == 0
    assert {probe.word for probe in verdict.probes if probe.visible} == {ProbeWord.PASSED}
    assert ProbeWord.PASSED not in {
        probe.word for probe in verdict.probes if not probe.visible and probe.pays
    }


def digest_of(pool: Pool, exercise: Exercise) -> str:
    return pool.backend.box_digest(exercise.profile)


def test_a_cheat_that_gains_is_told(pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solved = cheats.Cheat("solves_it", "def double(x):\n    return x + x\n")
    monkeypatch.setattr(gate.cheats, "standard", lambda: (solved,))
    found = report(small(), pool, tmp_path)
    assert found.problems == ["basics/double: the cheat `solves_it` gains 2 points."]


def test_a_recorded_proof_is_sampled_until_something_changes(
    pool: Pool, store: FolderStore, tmp_path: Path
) -> None:
    folder = tmp_path / "basics" / "vectors"
    shutil.copytree(EXERCISES / "vectors", folder)

    def sampled() -> bool:
        (found,) = verify_all([folder], pool, store, write=True)
        assert found.problems == []
        return found.sampled

    assert not sampled()
    assert sampled()
    (folder / "task.md").write_text((folder / "task.md").read_text() + "\nMore words.\n")
    assert sampled()  # prose is in no proof
    mutant = folder / "mutants" / "adds.py"
    mutant.write_text(mutant.read_text().replace("x + factor", "x + 2 * factor"))
    assert not sampled()
    proof = json.loads((folder / "proof.json").read_text())
    assert proof["grader_digest"] == record.grader_digest()
    proof["grader_digest"] = "another grader"
    (folder / "proof.json").write_text(json.dumps(proof))
    assert not sampled()
    (folder / "proof.json").write_text("torn")
    assert not sampled()


def test_an_unreadable_exercise_is_one_report_with_one_sentence(
    pool: Pool, store: FolderStore, tmp_path: Path
) -> None:
    folder = tmp_path / "basics" / "nothing"
    folder.mkdir(parents=True)
    (found,) = verify_all([folder], pool, store)
    assert found.exercise == "basics/nothing"
    assert not found.publishable
    assert found.problems == ["basics/nothing/exercise.toml: this file is missing."]
