"""The stock of hidden instances: how many there are, which a submission is asked, which are retired.

An instance belongs to this installation alone: its seed comes from a key that nobody else has. A cheap
one is asked once and then replaced; dear ones (training) are shared, and replaced after some uses. What
an open probe was asked was watched, so it is never asked again. A worker makes new ones while nothing else
is to be done. Nobody waits for it: from a dry stock the least used instances are asked, and staff are told;
of an open probe one is made at once.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Avg, Count, F, Max, Min, Q
from django.utils import timezone

from grader.exercise.folder import Exercise
from grader.exercise.probes import Probe
from grader.grading import expected
from grader.grading import stock as making
from grader.grading.author import probe_mistake
from grader.grading.expected import hidden_seed, public_seeds
from grader.sandbox.pool import Pool
from zero_to_gpt.catalog.models import ExpectedSet, Instance
from zero_to_gpt.catalog.store import DatabaseStore

log = logging.getLogger(__name__)

CHEAP_SECONDS = 0.05
"""An instance that takes longer to make is dear: it is shared."""
LEVEL = 36
"""How many cheap instances that nobody was asked are wanted of each probe."""
SHARED = 12
"""How many dear ones, and after how many uses each is replaced."""
SHARED_USES = 4
OPENING, OPENING_DEAR = 12, 4
"""How many of each are there when an exercise opens; the rest is made when all are open."""
DRAWS = 3
"""At least so many submissions find a level's worth of cheap instances, however many they are asked."""
EXERCISE_BYTES = 8_000_000
"""Instances of one exercise together; dear ones and two draws of each probe are there in any case."""
BATCH = 12
REFILL_LEASE = datetime.timedelta(seconds=120)
RETRIES = 5


def secret() -> bytes:
    """What all hidden seeds of this installation are made from."""
    return hmac.new(settings.SECRET_KEY.encode(), b"hidden instances", hashlib.sha256).digest()


class NoneLeft(Exception):
    """Every instance of an open probe was asked: `make_open` makes more."""


@dataclass(frozen=True)
class Shelf:
    """The stock of one probe: how many are there and untouched, how many were asked often enough."""

    grading_digest: str
    box_digest: str
    probe: str
    there: int
    fresh: int
    worn: int
    size: float
    dear: bool

    @property
    def dry(self) -> bool:
        """Whether the next submission is asked something that somebody was asked before, and should not."""
        return self.worn == self.there if self.dear else self.fresh == 0


def shelves(instances: Q | None = None) -> list[Shelf]:
    """The stock, probe by probe."""
    rows = (
        Instance.objects.filter(instances or Q())
        .values("grading_digest", "box_digest", "probe")
        .annotate(
            there=Count("pk"),
            fresh=Count("pk", filter=Q(uses=0)),
            worn=Count("pk", filter=Q(uses__gte=SHARED_USES)),
            mean=Avg("size"),
            quickest=Min("seconds"),
        )
        .order_by("grading_digest", "box_digest", "probe")
    )
    return [
        Shelf(
            grading_digest=row["grading_digest"],
            box_digest=row["box_digest"],
            probe=row["probe"],
            there=row["there"],
            fresh=row["fresh"],
            worn=row["worn"],
            size=row["mean"] or 0.0,
            dear=row["quickest"] > CHEAP_SECONDS,
        )
        for row in rows
    ]


def of(grading_digest: str, box_digest: str) -> Q:
    return Q(grading_digest=grading_digest, box_digest=box_digest)


def hidden(exercise: Exercise) -> list[Probe]:
    return [probe for probe in exercise.probes if not probe.visible]


def levels(exercise: Exercise, sizes: Mapping[str, float], dear: Iterable[str] = ()) -> dict[str, int]:
    """How many instances of each hidden probe are wanted, given the bytes of one.

    If all together were too large, there are fewer of the cheap ones that take most, never less than two
    draws of them.
    """
    shared = set(dear)
    wanted = {
        probe.name: max(SHARED, 2 * probe.seeds) if probe.name in shared else max(LEVEL, DRAWS * probe.seeds)
        for probe in hidden(exercise)
    }
    needed = {name: count * sizes.get(name, 0.0) for name, count in wanted.items()}
    left = EXERCISE_BYTES - sum(needed[name] for name in wanted if name in shared)
    smallest_first = sorted(set(wanted) - shared, key=lambda name: needed[name])
    for place, name in enumerate(smallest_first):
        each = max(0.0, left) / (len(smallest_first) - place)
        if needed[name] > each:
            wanted[name] = min(wanted[name], max(int(each // sizes[name]), 2 * exercise.probe(name).seeds))
        left -= wanted[name] * sizes.get(name, 0.0)
    return wanted


# ---- making --------------------------------------------------------------------------------------


def _missing_public(exercise: Exercise, box_digest: str, store: DatabaseStore) -> list[tuple[str, str]]:
    public = [(probe.name, seed) for probe in exercise.probes for seed in public_seeds(probe)]
    return expected.missing(exercise, store, box_digest, public)


def is_kept(exercise: Exercise, box_digest: str, store: DatabaseStore) -> bool:
    """Whether the public cases are there. A hidden one that is taken and gone is made again by `complete`."""
    return not _missing_public(exercise, box_digest, store)


def open_exercise(exercise: Exercise, pool: Pool, store: DatabaseStore) -> None:
    """What must be there before anybody is asked: all public cases, and the first instances.

    Raises AuthorError.
    """
    digest = pool.backend.box_digest(exercise.profile)
    expected.compute(exercise, pool, store, cases=_missing_public(exercise, digest, store))
    for count in (OPENING_DEAR, OPENING):
        mine = {shelf.probe: shelf for shelf in shelves(of(exercise.grading_digest, digest))}
        sizes = {name: shelf.size for name, shelf in mine.items()}
        dear = {name for name, shelf in mine.items() if shelf.dear}
        full = levels(exercise, sizes, dear)
        lacking = {}
        for probe in hidden(exercise):
            there = mine[probe.name].there if probe.name in mine else 0
            wanted = max(probe.seeds, OPENING_DEAR if probe.name in dear else count)
            lacking[probe.name] = max(0, min(wanted, full[probe.name]) - there)
        _make(exercise, pool, store, lacking)
    for probe in hidden(exercise):
        there = Instance.objects.filter(of(exercise.grading_digest, digest), probe=probe.name).count()
        if there < probe.seeds:
            raise probe_mistake(
                exercise, probe, f"only {there} instances could be made that every alternative passes."
            )


def _make(
    exercise: Exercise,
    pool: Pool,
    store: DatabaseStore,
    lacking: Mapping[str, int],
    *,
    go_on: Callable[[], bool] = lambda: True,
    yields: bool = False,
) -> list[making.Instance]:
    """Make so many instances of some probes and keep those that may be asked. Raises AuthorError."""
    digest = pool.backend.box_digest(exercise.profile)
    count = max(lacking.values(), default=0)
    if not count:
        return []
    first = _numbers(exercise.grading_digest, digest, count)
    seeds = {
        name: [hidden_seed(secret(), exercise.grading_digest, name, first + n) for n in range(wanted)]
        for name, wanted in lacking.items()
        if wanted
    }
    made = []
    for instance in making.make(exercise, pool, store, seeds, go_on=go_on, yields=yields):
        made.append(instance)
        if instance.refused:
            log.warning(
                "%s: an instance of %s is left out: %s (seed %s)",
                exercise.id,
                instance.probe,
                instance.refused,
                instance.seed,
            )
            continue
        store.put(exercise.grading_digest, digest, instance.probe, instance.seed, instance.case)
        Instance.objects.get_or_create(
            grading_digest=exercise.grading_digest,
            box_digest=digest,
            probe=instance.probe,
            seed=instance.seed,
            # An open one is never shared, so it counts as cheap whatever it took.
            defaults={
                "seconds": 0.0 if exercise.probe(instance.probe).open else instance.seconds,
                "size": instance.size,
            },
        )
    making.refusals(exercise, made)
    return made


def _numbers(grading_digest: str, box_digest: str, count: int) -> int:
    """The first of `count` numbers of instances that were never used, whatever became of the others."""
    with transaction.atomic():
        ExpectedSet.objects.get_or_create(grading_digest=grading_digest, box_digest=box_digest)
        sets = ExpectedSet.objects.filter(grading_digest=grading_digest)
        list(sets.select_for_update().order_by("pk").values("pk"))  # one at a time counts on
        first = int(sets.aggregate(most=Max("next_number"))["most"] or 0)
        sets.filter(box_digest=box_digest).update(next_number=first + count)
    return first


def refill(
    exercise: Exercise,
    mine: Sequence[Shelf],
    pool: Pool,
    store: DatabaseStore,
    *,
    go_on: Callable[[], bool],
) -> bool:
    """Make one batch of what an exercise's shelves lack, and retire what it replaces. False: they are full.

    Cheap instances first, then dear ones, one at a time. Raises AuthorError.
    """
    digest = pool.backend.box_digest(exercise.profile)
    whole = of(exercise.grading_digest, digest)
    full = levels(exercise, {s.probe: s.size for s in mine}, {s.probe for s in mine if s.dear})
    lacking = {s.probe: min(BATCH, full[s.probe] - s.fresh) for s in mine if not s.dear}
    lacking = {name: count for name, count in lacking.items() if count > 0}
    if not lacking:
        worn = [s for s in mine if s.dear and (s.worn or s.there < full[s.probe])]
        if not worn:
            return False
        neediest = min(worn, key=lambda s: (s.there - s.worn) / full[s.probe])
        lacking = {neediest.probe: 1}
    now = timezone.now()
    free = Q(refilled_until=None) | Q(refilled_until__lt=now)
    sets = ExpectedSet.objects.filter(whole, state=ExpectedSet.State.READY)
    if not sets.filter(free).update(refilled_until=now + REFILL_LEASE):
        return False  # somebody else is making them
    try:
        _make(exercise, pool, store, lacking, go_on=go_on, yields=True)
        for shelf in mine:
            if shelf.probe in lacking:
                _retire(whole, shelf.probe, full[shelf.probe], store, exercise.grading_digest, digest)
    finally:
        sets.update(refilled_until=None)
    return True


def _retire(
    whole: Q, probe: str, level: int, store: DatabaseStore, grading_digest: str, box_digest: str
) -> None:
    """Remove what is above the level, the most used first. Untouched ones always stay."""
    rows = Instance.objects.filter(whole, probe=probe)
    above = rows.count() - level
    if above <= 0:
        return
    gone = list(rows.filter(uses__gt=0).order_by("-uses", "pk").values_list("pk", "seed")[:above])
    Instance.objects.filter(pk__in=[pk for pk, _ in gone]).delete()
    store.drop(grading_digest, box_digest, [seed for _, seed in gone])


# ---- taking --------------------------------------------------------------------------------------


def take(
    exercise: Exercise, box_digest: str, asked: Callable[[], Mapping[str, set[str]]]
) -> dict[str, tuple[str, ...]]:
    """Take instances of each hidden probe for one submission: probe -> seeds, and count them as used.

    `asked()` tells which this person was asked before; those come again only when nothing else is there.
    A probe whose stock is empty is left out. Call it in a transaction. Raises NoneLeft.
    """
    for _ in range(RETRIES):
        chosen, dry = _choose(exercise, box_digest, asked)
        untouched = [row.pk for rows in chosen.values() for row in rows if row.uses == 0]
        others = [row.pk for rows in chosen.values() for row in rows if row.uses > 0]
        with transaction.atomic():
            taken = Instance.objects.filter(pk__in=untouched, uses=0).update(uses=1)
            if taken == len(untouched):
                if others:
                    Instance.objects.filter(pk__in=others).update(uses=F("uses") + 1)
                if dry:  # who has seen all dear ones has worn them out: they are replaced
                    tired = Instance.objects.filter(of(exercise.grading_digest, box_digest), probe__in=dry)
                    tired.filter(uses__lt=SHARED_USES, seconds__gt=CHEAP_SECONDS).update(uses=SHARED_USES)
                break
            transaction.set_rollback(True)  # somebody else took one in between
    else:
        raise NoneLeft(f"{exercise.id}: others took what was chosen, {RETRIES} times")
    for name in dry:
        log.warning(
            "the stock of %s, probe %s, is dry: something is asked that was asked before", exercise.id, name
        )
    return {name: tuple(row.seed for row in rows) for name, rows in chosen.items() if rows}


class _Row(NamedTuple):
    pk: int
    seed: str
    uses: int
    seconds: float


def _choose(
    exercise: Exercise, box_digest: str, asked: Callable[[], Mapping[str, set[str]]]
) -> tuple[dict[str, list[_Row]], list[str]]:
    """For each hidden probe the instances to ask, and the probes whose stock is dry."""
    found: dict[str, list[_Row]] = {}
    rows = Instance.objects.filter(of(exercise.grading_digest, box_digest))
    for name, *row in rows.values_list("probe", "pk", "seed", "uses", "seconds"):
        found.setdefault(name, []).append(_Row._make(row))
    seen: Mapping[str, set[str]] | None = None
    chosen: dict[str, list[_Row]] = {}
    dry = []
    for probe in hidden(exercise):
        there = found.get(probe.name, [])
        if probe.open:
            there = [row for row in there if not row.uses]
            if len(there) < probe.seeds:
                raise NoneLeft(probe.name)
        random.shuffle(there)  # among equally used ones, so that two workers rarely want the same
        there.sort(key=lambda row: row.uses)
        if there and there[: probe.seeds][-1].uses > 0:
            seen = asked() if seen is None else seen
            before = seen.get(probe.name, set())
            there.sort(key=lambda row: (row.seed in before, row.uses))
            dear = min(row.seconds for row in there) > CHEAP_SECONDS
            again = any(row.seed in before for row in there[: probe.seeds])
            if again or not dear:
                dry.append(probe.name)
        chosen[probe.name] = there[: probe.seeds]
    return chosen, dry


def make_open(exercise: Exercise, pool: Pool, store: DatabaseStore) -> None:
    """Make instances of the open probes of which none is left, now. Raises AuthorError."""
    digest = pool.backend.box_digest(exercise.profile)
    there = {s.probe: s.fresh for s in shelves(of(exercise.grading_digest, digest))}
    lacking = {p.name: p.seeds - there.get(p.name, 0) for p in hidden(exercise) if p.open}
    _make(exercise, pool, store, {name: count for name, count in lacking.items() if count > 0})


def complete(
    exercise: Exercise, pool: Pool, store: DatabaseStore, seeds: Mapping[str, Sequence[str]]
) -> None:
    """Make anew what of some taken instances is not there any more, exactly as it was. Raises AuthorError."""
    digest = pool.backend.box_digest(exercise.profile)
    cases = [(name, seed) for name, chosen in seeds.items() for seed in chosen]
    expected.compute(exercise, pool, store, cases=expected.missing(exercise, store, digest, cases))
