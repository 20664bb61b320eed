"""Expected values: made once, kept whole, and an author's mistakes told in one sentence."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.exercise.folder import Exercise, ExerciseError, from_files
from grader.grading.author import AuthorBox, EndedError
from grader.grading.expected import Case, FolderStore, MemoryStore, compute, missing, wanted
from grader.sandbox.pool import Pool
from sandbox_images.inside import wire


def changed(exercise: Exercise, **texts: tuple[str, str]) -> Exercise:
    """The same exercise with one text replaced by another in some of its files."""
    files = dict(exercise.files)
    for name, (before, after) in texts.items():
        path = f"{name}.py"
        assert before in files[path]
        files[path] = files[path].replace(before, after, 1)
    return from_files(exercise.id, files)


def mistake(exercise: Exercise, pool: Pool) -> str:
    with pytest.raises(ExerciseError) as caught:
        compute(exercise, pool, MemoryStore())
    return str(caught.value)


def test_a_store_gives_back_what_was_put(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    case = Case(b"in\n\x00put", b"expec\nted", 0.25)
    assert store.get("a", "b", "Probe", "3") is None
    store.put("a", "b", "Probe", "3", case)
    assert store.get("a", "b", "Probe", "3") == case
    assert store.get("a", "c", "Probe", "3") is None
    assert store.get("a", "b", "Probe~0123456789abcdef", "3") is None


def test_a_torn_file_is_a_missing_case(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("a", "b", "Probe", "3", Case(b"inputs", b"expected"))
    (path,) = tmp_path.rglob("*.case")
    path.write_bytes(path.read_bytes()[:-1])
    assert store.get("a", "b", "Probe", "3") is None
    path.write_bytes(b"not a case")
    assert store.get("a", "b", "Probe", "3") is None


def test_many_writers_of_one_case_leave_a_whole_one(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    cases = [Case(bytes([n]) * 50_000, bytes([n]) * 50_000) for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda case: store.put("a", "b", "P", "0", case), cases * 10))
    assert store.get("a", "b", "P", "0") in cases
    assert len(list(tmp_path.rglob("*"))) == 2  # the folder and the case, no leftovers


def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the name of a probe"):
        FolderStore(tmp_path).get("a", "b", "../outside", "1")


def test_exactly_what_is_wanted_is_computed_and_then_nothing(
    vectors: Exercise, pool: Pool, tmp_path: Path
) -> None:
    store = FolderStore(tmp_path)
    digest = pool.backend.box_digest(vectors.profile)
    assert missing(vectors, store, digest, wanted(vectors)) == wanted(vectors)
    told: list[tuple[int, int, str]] = []
    compute(vectors, pool, store, progress=lambda *words: told.append(words))
    assert missing(vectors, store, digest, wanted(vectors)) == []
    assert len(list(tmp_path.rglob("*.case"))) == len(wanted(vectors))
    assert told[-1][:2] == (len(wanted(vectors)), len(wanted(vectors)))
    told.clear()
    compute(vectors, pool, store, progress=lambda *words: told.append(words))
    assert told == []


def test_the_truth_is_what_the_reference_returns(vectors: Exercise, pool: Pool, store: FolderStore) -> None:
    digest = pool.backend.box_digest(vectors.profile)
    case = store.get(vectors.grading_digest, digest, "ScaleThree", "0")
    assert case is not None
    inputs, expected = wire.decode(case.inputs), wire.decode(case.expected)
    assert (expected == inputs["x"] * 2.0).all()


def test_a_reference_that_is_not_stable_is_the_authors_mistake(vectors: Exercise, pool: Pool) -> None:
    unstable = changed(vectors, reference=("return x * factor", "return x * factor + np.random.normal()"))
    line = vectors.probe("ScaleThree").line
    assert mistake(unstable, pool) == (
        f"basics/vectors/probes.py:{line}: probe `ScaleThree`: the reference is not stable: one input gave "
        "two different values. Take randomness from the inputs, not from a global generator."
    )


def test_a_make_that_raises_is_named(vectors: Exercise, pool: Pool) -> None:
    broken = changed(vectors, probes=("rng.normal(size=3)", "rng.abnormal(size=3)"))
    told = mistake(broken, pool)
    assert told.startswith("basics/vectors/probes.py:")
    assert "probe `ScaleThree`: make raised AttributeError" in told


def test_a_make_that_returns_no_dict_is_named(vectors: Exercise, pool: Pool) -> None:
    broken = changed(vectors, probes=('return {"x": rng.normal(size=3).round(2), "factor": 2.0}', "return 3"))
    assert "make must return a dict with text keys, not a int" in mistake(broken, pool)


def test_inputs_that_are_no_plain_data_are_named(vectors: Exercise, pool: Pool) -> None:
    broken = changed(vectors, probes=('"factor": 2.0', '"factor": object()'))
    assert "make returned a `object`, which is not plain data" in mistake(broken, pool)


def test_a_reference_that_raises_is_named(vectors: Exercise, pool: Pool) -> None:
    broken = changed(vectors, reference=("return x * factor", "raise ValueError('not today')"))
    assert "probe `ScaleThree`: ask raised ValueError: not today" in mistake(broken, pool)


def test_a_reference_that_cannot_be_executed_is_named_with_its_line(vectors: Exercise, pool: Pool) -> None:
    broken = changed(vectors, reference=("import numpy as np", "import numpy as np\n1 / 0"))
    assert mistake(broken, pool).startswith("basics/vectors/reference.py:2: it raised ZeroDivisionError")


def test_an_endless_make_is_ended_in_a_minute_and_a_half_however_many_seeds_wait(
    vectors: Exercise, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked of a box in one message never has the patience of all its seeds together."""
    asked: list[tuple[int, float]] = []
    real = AuthorBox._batch

    def seen(self: AuthorBox, probe, source, inputs, what, pure, deadline):  # type: ignore[no-untyped-def]
        asked.append((len(inputs), deadline))
        return real(self, probe, source, inputs, what, pure, min(deadline, 1.0))

    monkeypatch.setattr(AuthorBox, "_batch", seen)
    probe = vectors.probes[0].name
    endless = changed(
        vectors, probes=("def make(rng):\n", "def make(rng):\n        while True:\n            pass\n")
    )
    with pytest.raises(EndedError, match="make did not finish"):
        compute(endless, pool, MemoryStore(), cases=[(probe, str(seed)) for seed in range(100)])
    ((calls, deadline),) = asked
    assert calls < 100
    assert deadline <= 90.0
