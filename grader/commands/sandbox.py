"""`grader sandbox`: which sandbox and which GPU work here, made ready and tried."""

from __future__ import annotations

import argparse
import sys

from grader.commands.common import HOME, UsageError, asked, open_pool, print_json, say, shipped
from grader.exercise.folder import ExerciseError, load
from grader.grading.author import authors
from grader.sandbox import trials
from grader.sandbox.box import BoxError, Profile
from grader.sandbox.choose import choose_backend, choose_devices, prepare
from grader.sandbox.devices import DeviceFault, NoSlice
from grader.sandbox.engine import Engine
from grader.sandbox.libraries import DOWNLOAD_MB
from grader.sandbox.pool import Pool
from grader.verdict import Json

CURRICULUM = "curriculum"


def sandbox(options: argparse.Namespace) -> int:
    """Prepare, try or readmit what was asked for, and print what works. Returns the exit code."""
    for name in options.prepare:
        if name == CURRICULUM:
            _prepare_curriculum(options.sandbox)
            continue
        try:
            profile = Profile(name)
        except ValueError:
            raise UsageError(f"there is no profile {name!r}") from None
        prepare(profile, HOME, name=asked(options.sandbox), progress=say)
    if options.readmit:
        return _readmit(options.readmit)
    if options.try_gpu:
        return _try_gpu(options)
    with open_pool(options.sandbox, []) as pool:
        test = pool.run(pool.backend.selftest())
    gpu = choose_devices("nvidia", home=HOME).devices.inventory()
    data: Json = {
        "sandbox": test.sandbox,
        "usable": test.usable,
        "reason": test.reason,
        "walls": [{"name": wall.name, "up": wall.up, "seen": wall.seen} for wall in test.walls],
        "gpu": {
            "offered": not gpu.problem,
            "reason": gpu.problem,
            "slices": [f"{slice_.uuid} {slice_.name}" for slice_ in gpu.slices],
        },
    }
    if options.json:
        print_json(data)
    else:
        sys.stdout.write(f"{test.sandbox}: {'usable' if test.usable else 'not usable'} {test.reason}\n")
        for wall in test.walls:
            sys.stdout.write(f"  {'up  ' if wall.up else 'DOWN'}  {wall.name}  {wall.seen}\n")
        offered = ", ".join(slice_.name for slice_ in gpu.slices)
        sys.stdout.write(f"gpu: {f'not offered. {gpu.problem}' if gpu.problem else f'offered: {offered}'}\n")
    return 0 if test.usable else 1


def _try_gpu(options: argparse.Namespace) -> int:
    """Do to a card of this host what learners will do, and record what held: only then GPUs are offered."""
    slices = choose_devices("nvidia", home=HOME, tried=False)
    inventory = slices.devices.inventory()
    if inventory.problem:
        raise UsageError(inventory.problem)
    prepare(Profile.GPU, HOME, name="container", progress=say)
    pool = Pool(choose_backend("container", home=HOME), warm={})
    with pool:
        try:
            steps = trials.attempt(slices, pool, lambda step: say(_told(step)))
        except NoSlice as none:
            raise UsageError(str(none)) from None
        finally:
            pool.run(slices.devices.close())
    engine = Engine()
    data = trials.record(HOME, slices, engine.about(), steps)
    engine.close()
    if options.json:
        print_json(data)
    held = all(step.up for step in steps)
    say("GPUs are offered on this host now." if held else "GPUs are not offered on this host.")
    return 0 if held else 1


def _told(step: trials.Step) -> str:
    return f"  {'up  ' if step.up else 'DOWN'}  {step.name} ({step.seconds:.1f} s)  {step.seen}"


def _readmit(uuid: str) -> int:
    """Check a slice that is in quarantine, a real one or a fake one."""
    kind = "fake" if uuid.startswith("fake-") else "nvidia"
    try:
        renewal = choose_devices(kind, home=HOME).readmit(uuid)
    except DeviceFault as fault:
        raise UsageError(f"{uuid} stays in quarantine: {fault}") from None
    say(f"{uuid} is free again: {renewal.wiped_mb} MB wiped and searched, the known kernel is right.")
    return 0


def _prepare_curriculum(name: str | None) -> None:
    """Every profile that a learner's or an author's box of a shipped exercise needs, the smallest first."""
    needed = set()
    for folder in shipped():
        try:
            exercise = load(folder)
        except ExerciseError as mistake:
            say(str(mistake))
        else:
            needed |= {exercise.profile, authors(exercise)}
    for profile in sorted(needed, key=lambda profile: DOWNLOAD_MB[profile]):
        try:
            prepare(profile, HOME, name=asked(name), progress=say)
        except BoxError as problem:  # the others are wanted all the same
            say(f"Exercises that need the {profile} profile wait: {problem}")
