"""Which hidden instances a submission is asked: new ones, the same for every attempt, never again the same
to one person until nothing else is there."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from grader.exercise.folder import from_files, load
from grader.grading.expected import Case
from grader.verdict import State
from tests.conftest import new_revision, person
from tests.grader.conftest import EXERCISES
from tests.grader.test_open_probes import TRAINING
from zero_to_gpt.catalog import services as catalog_services
from zero_to_gpt.catalog import stock
from zero_to_gpt.catalog.models import ExpectedCase, Instance
from zero_to_gpt.submissions import leasing, recording, releasing
from zero_to_gpt.submissions.models import Submission

pytestmark = pytest.mark.django_db(transaction=True)

BOX = "box-1"
VECTORS = load(EXERCISES / "vectors")
HIDDEN = {"ScaleMatrix": 3, "ScaleRefusesText": 1, "CentreLarge": 3, "SolveWide": 2}


def shelve(probe, count, *, first=0, seconds=0.001, **fields):
    Instance.objects.bulk_create(
        Instance(
            grading_digest=VECTORS.grading_digest,
            box_digest=BOX,
            probe=probe,
            seed=str(2**100 + 10_000 * list(HIDDEN).index(probe) + first + number),
            seconds=seconds,
            size=1000,
            **fields,
        )
        for number in range(count)
    )


@pytest.fixture
def opened(exercise):
    """An exercise whose revision is graded as `vectors` is, and a stock for four submissions."""
    new_revision(exercise, "digest-2", grading_digest=VECTORS.grading_digest)
    for probe, seeds in HIDDEN.items():
        shelve(probe, 4 * seeds)
    return exercise


@pytest.fixture
def submitted(opened, handed_in):
    """Hands in, claims, draws: (submission, what it is asked)."""

    def submit(user, box=BOX):
        catalog_services.ExpectedSet.objects.get_or_create(
            grading_digest=VECTORS.grading_digest, box_digest=box, defaults={"state": "ready"}
        )
        submission = handed_in(user, exercise=opened)
        claimed = leasing.claim(submission_id=submission.pk, worker="w")
        return claimed, drawn(claimed, box)

    return submit


def drawn(claimed, box=BOX):
    return recording.take_instances(
        submission_id=claimed.pk, attempt=claimed.attempt, exercise=VECTORS, box_digest=box
    )


def end(claimed):
    Submission.objects.filter(pk=claimed.pk).update(
        state=State.CANCELLED, lease_until=None, finished_at=claimed.queued_at
    )


def seeds_of(*draws):
    return [seed for draw in draws for seeds in draw.values() for seed in seeds]


def test_every_submission_is_asked_what_nobody_was_asked(submitted, alice, charlie):
    draws = []
    for user in (alice, charlie, alice, charlie):
        claimed, draw = submitted(user)
        assert {name: len(seeds) for name, seeds in draw.items()} == HIDDEN
        draws.append(draw)
        end(claimed)
    for name in HIDDEN:
        asked = seeds_of(*({name: draw[name]} for draw in draws))
        assert len(set(asked)) == len(asked)
    assert set(Instance.objects.values_list("uses", flat=True)) == {1}


def test_the_draw_is_recorded_as_text_and_every_attempt_gets_it(submitted, alice):
    claimed, draw = submitted(alice)
    recorded = Submission.objects.get(pk=claimed.pk).instances
    assert recorded["grading_digest"] == VECTORS.grading_digest
    assert {name: tuple(seeds) for name, seeds in recorded["seeds"].items()} == draw
    assert all(isinstance(seed, str) for seed in seeds_of(draw))
    releasing.release(submission_id=claimed.pk, attempt=claimed.attempt, reason="the worker died")
    again = leasing.claim(submission_id=claimed.pk, worker="another")
    assert drawn(again, "box-of-another-host") == draw
    assert sum(Instance.objects.values_list("uses", flat=True)) == sum(HIDDEN.values())


def test_an_attempt_that_lost_its_hold_draws_nothing(submitted, alice):
    claimed, _ = submitted(alice)
    Submission.objects.update(instances={})
    releasing.release(submission_id=claimed.pk, attempt=claimed.attempt, reason="the worker fell silent")
    assert drawn(claimed) is None
    assert Submission.objects.get(pk=claimed.pk).instances == {}


def test_another_version_of_the_exercise_asks_anew(submitted, alice):
    claimed, draw = submitted(alice)
    Submission.objects.update(
        instances={"grading_digest": "of before", "seeds": {"ScaleMatrix": ["1", "2", "3"]}}
    )
    assert set(seeds_of(drawn(claimed))).isdisjoint(seeds_of(draw))


def test_a_dry_stock_asks_what_this_person_was_not_asked_and_says_so(submitted, alice, charlie, caplog):
    first = [submitted(alice) for _ in range(2)]
    for claimed, _ in first:
        end(claimed)
    others = []
    for _ in range(2):
        claimed, draw = submitted(charlie)
        others.append(draw)
        end(claimed)
    assert "dry" not in caplog.text
    for _ in range(2):  # all is used up: alice gets charlie's, then there is nothing left for her
        claimed, draw = submitted(alice)
        assert set(seeds_of(draw)) <= set(seeds_of(*others))
        end(claimed)
    assert "the stock of basics/vectors, probe ScaleMatrix, is dry" in caplog.text
    claimed, draw = submitted(alice)
    assert {name: len(seeds) for name, seeds in draw.items()} == HIDDEN  # nobody waits
    uses = Instance.objects.filter(seed__in=seeds_of(draw)).values_list("uses", flat=True)
    assert set(uses) == {2}  # the least used


def test_staff_see_where_the_stock_is_dry(submitted, opened, dora, client):
    client.force_login(dora)
    assert "None: the next submission" in client.get("/fleet/").content.decode()
    Instance.objects.filter(probe="CentreLarge").update(uses=1)
    page = client.get("/fleet/").content.decode()
    assert "<code>CentreLarge</code>" in page
    assert "<code>ScaleMatrix</code>" not in page


def test_dear_instances_are_shared_but_not_asked_twice_of_one_person(submitted, alice, charlie, caplog):
    Instance.objects.filter(probe="SolveWide").delete()
    shelve("SolveWide", 4, first=5000, seconds=2.0)
    draws = {alice: [], charlie: []}
    for user in (alice, charlie, alice, charlie):
        claimed, draw = submitted(user)
        draws[user].append(draw["SolveWide"])
        end(claimed)
    for mine in draws.values():
        assert len({seed for seeds in mine for seed in seeds}) == 4
    assert "SolveWide" not in caplog.text
    assert set(Instance.objects.filter(probe="SolveWide").values_list("uses", flat=True)) == {2}
    claimed, _ = submitted(alice)  # she has seen all four: they are asked, and to be replaced
    assert "probe SolveWide, is dry" in caplog.text
    worn = next(shelf for shelf in stock.shelves() if shelf.probe == "SolveWide")
    assert (worn.dear, worn.worn, worn.dry) == (True, 4, True)


def test_what_is_drawn_at_the_same_time_is_not_the_same(submitted, opened):
    people = [person(f"p{n}@example.org") for n in range(4)]
    claims = [submitted(user)[0] for user in people]
    Instance.objects.update(uses=0)
    Submission.objects.update(instances={})

    def draw(claimed):
        try:
            return drawn(claimed)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        draws = list(threads.map(draw, claims))
    for name in HIDDEN:
        asked = seeds_of(*({name: one[name]} for one in draws))
        assert len(set(asked)) == len(asked) == 4 * HIDDEN[name]


def test_bytes_are_capped_at_the_cost_of_the_largest():
    sizes = {"ScaleMatrix": 1000, "ScaleRefusesText": 100, "CentreLarge": 2_000_000, "SolveWide": 200_000}
    assert stock.levels(VECTORS, dict.fromkeys(sizes, 100)) == dict.fromkeys(sizes, stock.LEVEL)
    found = stock.levels(VECTORS, sizes)
    assert (found["ScaleMatrix"], found["ScaleRefusesText"]) == (stock.LEVEL, stock.LEVEL)
    assert found["CentreLarge"] == 2 * HIDDEN["CentreLarge"]  # two draws, whatever they take
    assert 2 * HIDDEN["SolveWide"] <= found["SolveWide"] < stock.LEVEL
    small = sizes | {"CentreLarge": 400_000}
    assert sum(stock.levels(VECTORS, small)[name] * small[name] for name in small) <= stock.EXERCISE_BYTES
    dear = stock.levels(VECTORS, small, {"SolveWide"})
    assert dear["SolveWide"] == stock.SHARED


def test_numbers_are_never_given_twice_whatever_the_box(db):
    firsts = [stock._numbers("grading", box, 12) for box in (BOX, BOX, "box-2", BOX, "box-2")]
    assert firsts == [0, 12, 24, 36, 48]


def test_numbers_are_never_given_twice_at_the_same_time(db):
    stock._numbers("grading", BOX, 1)

    def number(_):
        try:
            return stock._numbers("grading", BOX, 1)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(number, range(60)))
    assert sorted(found) == list(range(1, 61))


def test_what_others_always_take_first_is_given_to_nobody(trained, alice, monkeypatch):
    choose = stock._choose

    def too_late(*how):
        chosen, dry = choose(*how)
        Instance.objects.filter(pk__in=[row.pk for rows in chosen.values() for row in rows]).update(uses=1)
        return chosen, dry

    monkeypatch.setattr(stock, "_choose", too_late)
    with pytest.raises(stock.NoneLeft):
        stock.take(LINE, BOX, dict)


def test_the_key_is_of_this_installation(settings):
    ours = stock.secret()
    settings.SECRET_KEY = "another installation"
    assert stock.secret() != ours
    assert len(ours) == 32


def test_what_is_retired_leaves_nothing_behind(opened, settings):
    store = catalog_services.STORE
    whole = stock.of(VECTORS.grading_digest, BOX)
    rows = list(Instance.objects.filter(probe="SolveWide").order_by("pk"))
    for row in rows:
        store.put(VECTORS.grading_digest, BOX, "SolveWide", row.seed, Case(b"in", b"out"))
        store.put(VECTORS.grading_digest, BOX, "SolveWide~0123", row.seed, Case(b"", b"of a mutant"))
    Instance.objects.filter(pk__in=[row.pk for row in rows[:5]]).update(uses=1)
    stock._retire(whole, "SolveWide", 4, store, VECTORS.grading_digest, BOX)
    left = Instance.objects.filter(probe="SolveWide")
    assert left.count() == 4
    assert left.filter(uses=0).count() == 3  # what nobody was asked stays
    if settings.SQLITE:
        kept = [
            file.name.split(".")[-2] for file in (settings.VAR / "expected-values").rglob("SolveWide*.case")
        ]
    else:
        kept = list(ExpectedCase.objects.values_list("seed", flat=True))
    assert set(kept) == {row.seed for row in left}
    assert len(kept) == 8
    gone = next(row.seed for row in rows if row.seed not in {one.seed for one in left})
    assert store.get(VECTORS.grading_digest, BOX, "SolveWide", gone) is None


# ---- open probes ---------------------------------------------------------------------------------

LINE = from_files("basics/training", TRAINING)


@pytest.fixture
def trained(exercise, handed_in):
    """Hands in an exercise with an open probe, claims, draws: (submission, what it is asked)."""
    new_revision(exercise, "digest-3", grading_digest=LINE.grading_digest)
    catalog_services.ExpectedSet.objects.create(
        grading_digest=LINE.grading_digest, box_digest=BOX, state="ready"
    )
    for number, probe in enumerate(LINE.probes):
        if not probe.visible:
            Instance.objects.bulk_create(
                Instance(
                    grading_digest=LINE.grading_digest,
                    box_digest=BOX,
                    probe=probe.name,
                    seed=str(2**101 + 100 * number + n),
                    seconds=0.0 if probe.open else 0.001,
                    size=1000,
                )
                for n in range(3 * probe.seeds)
            )

    def submit(user):
        claimed = leasing.claim(submission_id=handed_in(user, exercise=exercise).pk, worker="w")
        return claimed, recording.take_instances(
            submission_id=claimed.pk, attempt=claimed.attempt, exercise=LINE, box_digest=BOX
        )

    return submit


def test_what_was_watched_is_never_asked_again(trained, alice, charlie):
    """Of nobody: not of others, not of the same person, not from a dry stock."""
    asked = []
    for user in (alice, charlie, alice):
        claimed, draw = trained(user)
        asked += draw["Trains"]
        end(claimed)
    assert len(set(asked)) == 3
    with pytest.raises(stock.NoneLeft, match="Trains"):
        trained(charlie)
    Instance.objects.filter(probe="Trains", uses__gt=0).update(uses=1)
    lost = Submission.objects.latest("pk")
    assert lost.instances == {}  # nothing was taken for it
    assert set(Instance.objects.exclude(probe="Trains").values_list("uses", flat=True)) == {1}


def test_an_attempt_that_is_taken_up_again_is_asked_what_it_was_asked(trained, alice):
    claimed, draw = trained(alice)
    releasing.release(submission_id=claimed.pk, attempt=claimed.attempt, reason="the worker died")
    again = leasing.claim(submission_id=claimed.pk, worker="another")
    assert (
        recording.take_instances(submission_id=again.pk, attempt=again.attempt, exercise=LINE, box_digest=BOX)
        == draw
    )
