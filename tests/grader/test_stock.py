"""Hidden instances: nobody else knows their seeds, a table of another installation's is worth nothing,
and what somebody who is right would fail is never asked."""

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from grader.commands.common import UsageError
from grader.commands.run import made_key
from grader.exercise.folder import Exercise, from_files, load
from grader.grading import stock
from grader.grading.author import AuthorError
from grader.grading.expected import (
    PUBLIC_KEY,
    FolderStore,
    MemoryStore,
    compute,
    hidden_seed,
    hidden_seeds,
    public_seeds,
)
from grader.sandbox.pool import Pool
from grader.verdict import Failing, ProbeResult, ProbeWord, Verdict, Word
from sandbox_images.inside import wire
from tests.grader.conftest import ROOT
from tests.grader.grading import verdict_of
from tests.grader.test_expected import changed

OURS = b"the key of one installation"
SOFTMAX = ROOT / "exercises" / "01-maths" / "04-logsumexp-softmax"


# --- seeds ------------------------------------------------------------------------------------------------


def test_a_seed_is_text_of_128_bits_from_key_digest_probe_and_number() -> None:
    seed = hidden_seed(OURS, "digest", "Probe", 0)
    assert seed == hidden_seed(OURS, "digest", "Probe", 0)
    others = [
        hidden_seed(b"another key", "digest", "Probe", 0),
        hidden_seed(OURS, "another", "Probe", 0),
        hidden_seed(OURS, "digest", "Other", 0),
        *(hidden_seed(OURS, "digest", "Probe", number) for number in range(1, 200)),
    ]
    assert len({seed, *others}) == 203
    assert all(isinstance(one, str) and one.isdecimal() for one in others)
    assert max(map(int, others)) > 2**120  # more than an integer column or a number in JSON holds
    assert max(map(int, others)) < 2**128


def test_the_public_key_is_the_same_everywhere() -> None:
    assert [hidden_seed(PUBLIC_KEY, "any", "Any", number) for number in (0, 23)] == ["1000", "1023"]


# --- tables -----------------------------------------------------------------------------------------------


def table_attack(exercise: Exercise, store: FolderStore, digest: str) -> str:
    """A submission that computes nothing: what it returns was collected from all public hidden seeds."""
    entries: dict[bytes, bytes] = {}

    def note(function: str, x: np.ndarray, axis: int) -> None:
        axis %= x.ndim
        top = x.max(axis=axis, keepdims=True)
        e = np.exp(x - top)
        total = e.sum(axis=axis, keepdims=True)
        value = (top + np.log(total)).squeeze(axis) if function == "logsumexp" else e / total
        head = f"{function} {x.shape} {x.dtype} {axis}".encode()
        key = hashlib.blake2b(head + np.ascontiguousarray(x).tobytes(), digest_size=6).digest()
        data = np.asarray(value, dtype=x.dtype).tobytes()
        entries[key] = key + len(data).to_bytes(2, "big") + data

    for probe in exercise.probes:
        function = "logsumexp" if probe.task == 1 else "softmax"
        for seed in (*public_seeds(probe), *hidden_seeds(exercise, probe)):
            case = store.get(exercise.grading_digest, digest, probe.name, seed)
            assert case is not None
            inputs = wire.decode(case.inputs)
            for asked in inputs.get("cases", [inputs]):
                x, view = asked["x"], asked.get("view")
                if view is not None:
                    x = {"turned": x.T, "gaps": x[::2, ::-3] if x.ndim == 2 else x}.get(view, x)
                    x = np.broadcast_to(x, (4, 5)) if view == "row" else x
                note(function, x, asked.get("axis", -1))
    blob = base64.b85encode(b"".join(entries.values())).decode()
    return f"""
import base64, hashlib
import numpy as np

BLOB = base64.b85decode({blob!r})
TABLE = {{}}
at = 0
while at < len(BLOB):
    size = int.from_bytes(BLOB[at + 6 : at + 8], "big")
    TABLE[BLOB[at : at + 6]] = BLOB[at + 8 : at + 8 + size]
    at += 8 + size

def look_up(function, x, axis, shape):
    head = f"{{function}} {{x.shape}} {{x.dtype}} {{axis}}".encode()
    key = hashlib.blake2b(head + np.ascontiguousarray(x).tobytes(), digest_size=6).digest()
    found = TABLE.get(key)
    return np.zeros(shape, x.dtype) if found is None else np.frombuffer(found, x.dtype).reshape(shape)

def logsumexp(x, axis=-1):
    axis %= x.ndim
    return look_up("logsumexp", x, axis, x.shape[:axis] + x.shape[axis + 1 :]).copy()

def softmax(x, axis=-1):
    return look_up("softmax", x, axis % x.ndim, x.shape).copy()
"""


@pytest.fixture(scope="module")
def softmax(pool: Pool, store: FolderStore) -> Exercise:
    exercise = load(SOFTMAX)
    compute(exercise, pool, store)
    compute(exercise, pool, store, key=OURS)
    return exercise


def submissions(exercise: Exercise, source: str, pool: Pool, store: FolderStore, key: bytes) -> list[Verdict]:
    return [
        verdict_of(exercise, source, pool, store, seed_key=bytes([n]), key=key, explain=False)
        for n in range(12)
    ]


def test_a_table_passes_where_it_was_collected_and_nothing_anywhere_else(
    softmax: Exercise, pool: Pool, store: FolderStore
) -> None:
    source = table_attack(softmax, store, pool.backend.box_digest(softmax.profile))
    assert 100_000 < len(source) < 256 * 1024
    where_it_is_known = submissions(softmax, source, pool, store, PUBLIC_KEY)
    assert [verdict.word for verdict in where_it_is_known] == [Word.PASSED] * 12
    elsewhere = submissions(softmax, source, pool, store, OURS)
    assert [verdict.word for verdict in elsewhere] == [Word.FAILED] * 12
    assert sum(verdict.points for verdict in elsewhere) == 0
    hidden = [probe for verdict in elsewhere for probe in verdict.probes if not probe.visible]
    # What it knows nothing about it answers with zeros, and one probe asks for nothing else.
    hidden = [probe for probe in hidden if probe.name != "ImpossibleIsZero"]
    assert {probe.word.value for probe in hidden} == {"failed"}


LOOK_UP_LOOPS = """

KNOWN = {}
for seed in (0, 1, *range(1000, 1024)):
    rng = np.random.default_rng(seed)
    rows, columns = rng.normal(size=(20, 2000)), rng.normal(size=(20, 2000))
    for a in rows:
        for b in columns:
            KNOWN[a[0], b[0]] = float(a @ b)

def dot(a, b):
    known = KNOWN.get((a[0], b[0]))
    if known is not None:
        return known
    total = 0.0
    for p, q in zip(a, b):
        total += p * q
    return float(total)
"""


def test_loops_worked_out_ahead_are_fast_only_where_the_inputs_are_known(
    costs: Exercise, pool: Pool, store: FolderStore
) -> None:
    compute(costs, pool, store, key=OURS)
    source = costs.reference + LOOK_UP_LOOPS

    def fast(key: bytes) -> ProbeResult:
        verdict = verdict_of(costs, source, pool, store, key=key, explain=False)
        return next(probe for probe in verdict.probes if probe.name == "DotFast")

    assert fast(PUBLIC_KEY).word is ProbeWord.PASSED  # loops, "eight times faster than loops"
    assert (fast(OURS).word, fast(OURS).kind) == (ProbeWord.FAILED, Failing.SPEED)


# --- which instances are admitted -------------------------------------------------------------------------


def made(
    exercise: Exercise, pool: Pool, *names: str, count: int = 8, public: bool = True
) -> list[stock.Instance]:
    store = MemoryStore()
    if public:
        cases = [(probe.name, seed) for probe in exercise.probes for seed in public_seeds(probe)]
        compute(exercise, pool, store, cases=cases)
    seeds = {
        name: [hidden_seed(OURS, exercise.grading_digest, name, n) for n in range(count)] for name in names
    }
    return list(stock.make(exercise, pool, store, seeds))


def with_alternative(exercise: Exercise, text: str) -> Exercise:
    return from_files(exercise.id, {**exercise.files, "alternatives/third.py": text})


def test_instances_of_every_kind_are_what_the_reference_would_be_asked(
    vectors: Exercise, costs: Exercise, pool: Pool
) -> None:
    for exercise in (vectors, costs):
        hidden = [probe for probe in exercise.probes if not probe.visible]
        instances = made(exercise, pool, *[probe.name for probe in hidden], count=3)
        assert [instance.refused for instance in instances] == [""] * 3 * len(hidden)
        store = MemoryStore()
        cases = [(instance.probe, instance.seed) for instance in instances]
        compute(exercise, pool, store, cases=cases)
        digest = pool.backend.box_digest(exercise.profile)
        for instance in instances:
            case = store.get(exercise.grading_digest, digest, instance.probe, instance.seed)
            assert case is not None
            assert case.author_inputs == instance.case.author_inputs
            timed = exercise.probe(instance.probe).times_faster is not None
            assert (instance.case.baseline_seconds is not None) == timed
            if not exercise.probe(instance.probe).has_judge:
                assert case.expected == instance.case.expected


def test_an_instance_that_an_alternative_fails_is_refused_and_the_others_are_not(
    vectors: Exercise, pool: Pool
) -> None:
    picky = vectors.alternatives[0].source + (
        "\n_scale = scale\n"
        "def scale(x, factor):\n"
        "    return _scale(x, factor) + (isinstance(factor, float) and factor > 0)\n"
    )
    instances = made(with_alternative(vectors, picky), pool, "ScaleMatrix", count=12)
    positive = [wire.decode(instance.case.inputs)["factor"] > 0 for instance in instances]
    assert {True, False} == set(positive)
    assert [bool(instance.refused) for instance in instances] == positive
    told = next(instance.refused for instance in instances if instance.refused)
    assert told.startswith("the alternative `third` fails: value")


def test_an_alternative_that_a_judge_refuses_or_that_ends_its_box_refuses_the_instance(
    vectors: Exercise, pool: Pool
) -> None:
    wrong = vectors.alternatives[0].source + "\ndef solve(a, b):\n    return np.ones(a.shape[1])\n"
    assert all(i.refused for i in made(with_alternative(vectors, wrong), pool, "SolveWide", count=2))
    ends = vectors.alternatives[0].source + "\ndef centre(x):\n    import os\n    os._exit(0)\n"
    instances = made(with_alternative(vectors, ends), pool, "CentreLarge", "ScaleMatrix", count=2)
    assert [bool(instance.refused) for instance in instances] == [True, True, False, False]


def test_an_instance_on_which_the_reference_is_not_stable_is_refused(vectors: Exercise, pool: Pool) -> None:
    unstable = changed(
        vectors,
        reference=("return x * factor", "return x * factor + np.random.normal() * (np.ndim(x) == 2)"),
    )
    loose = from_files(
        unstable.id, {p: t for p, t in unstable.files.items() if not p.startswith("alternatives/")}
    )
    instances = made(loose, pool, "ScaleMatrix", public=False)
    assert {instance.refused for instance in instances} == {"the reference is not stable"}
    with pytest.raises(AuthorError, match="probe `ScaleMatrix`: 8 of 8 new instances cannot be asked"):
        stock.refusals(loose, instances)


def test_truth_and_bands_never_run_the_reference(vectors: Exercise, pool: Pool) -> None:
    """The reference refuses whatever is not a public size; neither probe needs it."""
    asking = '    def ask(answer, inputs):\n        return answer.centre(inputs["x"])\n'
    before, _, after = vectors.files["probes.py"].rpartition(asking)
    truth = '\n    def truth(inputs):\n        return inputs["x"] - inputs["x"].mean(axis=0)\n'
    text = before + asking + truth + after
    assert text != vectors.files["probes.py"]
    broken = changed(
        from_files(vectors.id, {**vectors.files, "probes.py": text}),
        reference=("import numpy as np", "import numpy as np\n\nasked = []"),
    )
    reference = broken.reference + (
        "\n_centre, _solve = centre, solve\n"
        "def centre(x):\n    asked.append(x)\n    assert len(asked) < 16, 'once too often'\n"
        "    return _centre(x)\n"
        "def solve(a, b):\n    asked.append(a)\n    assert len(asked) < 16, 'once too often'\n"
        "    return _solve(a, b)\n"
    )
    broken = from_files(broken.id, {**broken.files, "reference.py": reference})
    instances = made(broken, pool, "CentreLarge", "SolveWide", count=18)
    assert [instance.refused for instance in instances] == [""] * 36
    again = from_files(broken.id, {**broken.files, "probes.py": vectors.files["probes.py"]})
    with pytest.raises(AuthorError, match="once too often"):  # without the truth it is needed
        made(again, pool, "CentreLarge", count=18)


def test_making_stops_between_probes_when_others_have_something_to_do(vectors: Exercise, pool: Pool) -> None:
    store = MemoryStore()
    cases = [(probe.name, seed) for probe in vectors.probes for seed in public_seeds(probe)]
    compute(vectors, pool, store, cases=cases)
    turns: Iterator[bool] = iter([True, False])
    seeds = {"ScaleMatrix": ["11", "12"], "CentreLarge": ["13"]}
    found = list(stock.make(vectors, pool, store, seeds, go_on=lambda: next(turns)))
    assert [instance.probe for instance in found] == ["ScaleMatrix", "ScaleMatrix"]


def test_the_command_line_has_a_key_of_its_own(tmp_path: Path) -> None:
    first = made_key(tmp_path / "one" / "grader-key")
    assert len(first) == 32
    assert first == made_key(tmp_path / "one" / "grader-key")
    assert first != made_key(tmp_path / "two" / "grader-key")
    assert (tmp_path / "one" / "grader-key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "two" / "grader-key").write_text("")
    with pytest.raises(UsageError, match="this is not a key; remove the file"):
        made_key(tmp_path / "two" / "grader-key")


def test_many_that_begin_at_once_get_one_key(tmp_path: Path) -> None:
    for number in range(20):
        file = tmp_path / str(number) / "grader-key"
        with ThreadPoolExecutor(8) as threads:
            assert len(set(threads.map(made_key, [file] * 8))) == 1
        assert [path.name for path in file.parent.iterdir()] == ["grader-key"]
