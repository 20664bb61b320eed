"""The command line: `python -m grader run | verify | new | export | import | sandbox`. A face on the package.

Exit codes: 0 when the command did its work (a failed submission is a verdict like any other), 1 when
`verify` found an exercise that must not be published or `sandbox` none that is usable here, 2 with one
line on standard error when the command itself could not do its work.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from grader.exercise.folder import Exercise, ExerciseError, load
from grader.exercise.trees import LARGEST_TEXT
from grader.grading.author import authors
from grader.grading.expected import FolderStore, MemoryStore, compute, hidden_seeds, missing, public_seeds
from grader.grading.pieces import Own
from grader.grading.session import Graded, GraderFault, Job, grade
from grader.sandbox import trials
from grader.sandbox.box import BoxError, Profile
from grader.sandbox.choose import NAMES, choose_backend, choose_devices, prepare
from grader.sandbox.devices import DeviceFault, NoSlice
from grader.sandbox.engine import Engine
from grader.sandbox.libraries import DOWNLOAD_MB
from grader.sandbox.pool import Pool
from grader.templates import TEMPLATES, TemplateError, blanks, new
from grader.verdict import Json, Kind, Verdict

if TYPE_CHECKING:
    from grader.proving.gate import GateReport

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / (os.environ.get("VAR_DIR") or "var")
HOME = ROOT / (os.environ.get("SANDBOX_HOME") or VAR / "sandbox")
EXPECTED = VAR / "expected"
KEY = VAR / "grader-key"
CURRICULUM = "curriculum"
MOST_DOUBTFUL = 3
"""Samples that fail and are settled by a full proof, alone (of what trains: by another sample). What was
too slow beside others is not wrong."""
FOREIGN = ("nbgrader", "otter")
"""Systems that an exercise is exported for."""


class UsageError(Exception):
    """Something on the command line cannot be used; one sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except (UsageError, TemplateError, ExerciseError, BoxError, GraderFault, OSError) as error:
        say(" ".join(str(error).split()) or type(error).__name__)
        return 2
    except Exception as error:  # noqa: BLE001  whatever it was, it was no verdict
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        say(f"the grader failed: {type(error).__name__}: {' '.join(str(error).split())[:500]} ({where})")
        return 2


def say(text: str) -> None:
    """A line for the person at the terminal; standard output is for results."""
    sys.stderr.write(text + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grader", description="Grade and prove exercises.")
    commands = parser.add_subparsers(required=True, metavar="run | verify | new | export | import | sandbox")

    run = commands.add_parser("run", help="grade one solution")
    run.add_argument("exercise", type=Path, metavar="EXERCISE_DIR")
    run.add_argument("solution", type=Path, metavar="SOLUTION", help="a .py or .ipynb file")
    run.add_argument("--visible", action="store_true", help="only the visible probes, as Run does")
    run.add_argument(
        "--using",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="take this file as the piece mylib.NAME, instead of the official answer",
    )
    run.add_argument("--replay", type=Path, metavar="VERDICT.json", help="with the seeds of this verdict")
    run.set_defaults(command=_run)

    verify = commands.add_parser("verify", help="prove that exercises may be published")
    verify.add_argument("exercises", type=Path, nargs="*", metavar="EXERCISE_DIR")
    verify.add_argument("--full", action="store_true", help="prove everything, whatever the record says")
    verify.add_argument("--record", action="store_true", help="write proof.json beside what is proven")
    verify.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    verify.set_defaults(command=_verify)

    begin = commands.add_parser("new", help="begin an exercise from a template")
    begin.add_argument("folder", type=Path, metavar="EXERCISE_DIR", help="exercises/NN-module/NN-name")
    begin.add_argument("--like", required=True, metavar="|".join(TEMPLATES), help="which template")
    begin.set_defaults(command=_new)

    export = commands.add_parser("export", help="an exercise or a lesson as a notebook")
    export.add_argument("what", type=Path, metavar="EXERCISE_DIR|LESSON.md")
    export.add_argument("--like", metavar="|".join(FOREIGN), help="as a source notebook of another system")
    export.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.ipynb")
    export.set_defaults(command=_export)

    bring = commands.add_parser(
        "import", help="a notebook, nbgrader's and Otter's too, as an exercise or a lesson"
    )
    bring.add_argument("notebook", type=Path, metavar="FILE.ipynb")
    bring.add_argument("into", type=Path, metavar="EXERCISE_DIR|LESSON.md")
    bring.set_defaults(command=_import)

    sandbox = commands.add_parser("sandbox", help="which sandbox works here")
    sandbox.add_argument("--selftest", action="store_true", help="try every wall")
    sandbox.add_argument(
        "--prepare",
        nargs="*",
        default=[],
        metavar="PROFILE",
        help='fetch libraries, build images; "curriculum" for what the shipped exercises need',
    )
    sandbox.add_argument("--try-gpu", action="store_true", help="try a GPU of this host, and record it")
    sandbox.add_argument("--readmit", metavar="SLICE", help="take a mended slice out of quarantine")
    sandbox.set_defaults(command=_sandbox)

    for command in (run, verify, sandbox):
        command.add_argument("--json", action="store_true", help="JSON on standard output")
    for command in (run, verify, sandbox, export):
        command.add_argument("--sandbox", metavar="|".join(NAMES), help="instead of choosing one")
    return parser


# ---- run -----------------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    exercise = load(options.exercise)
    source = _source(options.solution)
    using = used_files(options.using, exercise)
    seeds = _replayed(options.replay, exercise.grading_digest) if options.replay else {}
    kind = Kind.RUN if options.visible else Kind.SUBMIT
    store = FolderStore(EXPECTED)
    with open_pool(options.sandbox, [exercise]) as pool:
        key = _key(KEY)
        compute(exercise, pool, store, progress=_progress, key=key)
        digest = pool.backend.box_digest(exercise.profile)
        replayed = [(name, seed) for name, chosen in seeds.items() for seed in chosen]
        compute(exercise, pool, store, cases=missing(exercise, store, digest, replayed))
        job = Job(
            exercise=exercise,
            source=source,
            kind=kind,
            using=using,
            seed_key=os.urandom(16),
            seeds=seeds,
            key=key,
        )
        verdict: Verdict | None = None
        for event in grade(job, pool=pool, store=store):
            if isinstance(event, Graded):
                verdict = event.verdict
    if verdict is None:
        raise GraderFault("the grading ended without a verdict")
    if options.json:
        print_json(verdict.for_staff())
    else:
        sys.stdout.write(_as_text(verdict))
    return 0


def used_files(given: Sequence[str], exercise: Exercise) -> dict[str, Own]:
    """The pieces that the command line brings, by the name of their exercise."""
    known = {piece.module: piece.id for piece in exercise.pieces}
    found = {}
    for each in given:
        name, _, file = each.partition("=")
        if name not in known or not file:
            names = ", ".join(sorted(known)) or "none"
            raise UsageError(f"--using {each}: write NAME=FILE; the pieces of {exercise.id} are: {names}.")
        source = _source(Path(file))
        try:
            text = source.decode() if isinstance(source, bytes) else source
        except UnicodeDecodeError:
            raise UsageError(f"{file}: this is not UTF-8 text.") from None
        found[known[name]] = Own(source=text, mark=file)
    return found


def _key(file: Path) -> bytes:
    """What this folder's hidden seeds are made from: a key of its own, made on first use."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = file.read_text(encoding="ascii", errors="replace").strip()
        if not re.fullmatch(r"[0-9a-f]{32,}", key):
            raise UsageError(f"{file}: this is not a key; remove the file, a new one is made.") from None
        return bytes.fromhex(key)
    key = secrets.token_hex(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(key + "\n")
    return bytes.fromhex(key)


def _source(path: Path) -> str | bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    if path.suffix != ".ipynb":
        return data
    from grader.notebooks.notebook import to_source  # nbformat is slow to import and rarely needed

    try:
        return to_source(data)
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None


def _replayed(path: Path, grading_digest: str) -> dict[str, tuple[str, ...]]:
    try:
        verdict = json.loads(path.read_bytes())
        if verdict["grading_digest"] != grading_digest:
            raise UsageError(f"{path}: this verdict belongs to another version of the exercise")
        # Version 1 of a verdict had numbers here.
        seeds = {p["name"]: tuple(map(str, p["seeds"])) for p in verdict["probes"] if p["seeds"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: not a verdict that can be replayed ({type(error).__name__})") from None
    if not all(re.fullmatch(r"[0-9]{1,39}", seed) for chosen in seeds.values() for seed in chosen):
        raise UsageError(f"{path}: its seeds are not whole numbers")
    return seeds


def _as_text(verdict: Verdict) -> str:
    lines = [f"{verdict.word.value}: {verdict.message}"]
    for task in verdict.tasks:
        lines.append(f"  task {task.id} {task.title}: {task.points:g} of {task.possible:g}")
        lines += [
            f"    {probe.word.value:>15}  {probe.title}{'  ' if probe.message else ''}{probe.message}"
            for probe in verdict.probes
            if probe.task == task.id
        ]
    if verdict.diagnosis:
        lines.append(f"  {verdict.diagnosis}")
    return "\n".join(lines) + "\n"


# ---- verify --------------------------------------------------------------------------------------


def _verify(options: argparse.Namespace) -> int:
    from grader.proving.gate import GateReport, verify_all

    folders = [path.absolute() for path in options.exercises] or shipped()
    good = True
    readable = []
    for folder in list(folders):
        if unwritten := _blanks_in(folder):
            good = False
            folders.remove(folder)
            _tell(GateReport(f"{folder.parent.name}/{folder.name}", problems=unwritten), options.json)
    if not folders:
        return 1
    for folder in folders:
        with suppress(ExerciseError):  # the gate reports it
            readable.append(load(folder))
    unproven = _without_libraries(readable, options.sandbox)
    for name, problem in unproven.items():
        good = False
        _tell(GateReport(name, problems=[f"{name}: it could not be verified: {problem}"]), options.json)
    readable = [exercise for exercise in readable if exercise.id not in unproven]
    folders = [folder for folder in folders if f"{folder.parent.name}/{folder.name}" not in unproven]
    with open_pool(options.sandbox, readable, warm=options.workers) as pool:
        prove = partial(verify_all, pool=pool, store=FolderStore(EXPECTED), write=options.record)
        doubtful = []
        for folder, report in zip(
            folders, prove(folders, workers=max(1, options.workers), full=options.full), strict=True
        ):
            _tell(report, options.json)
            if report.sampled and not report.publishable:
                doubtful.append(folder)
            else:
                good = good and report.publishable
        if len(doubtful) > MOST_DOUBTFUL:  # that is no accident
            return 1
        trains = {exercise.id for exercise in readable if any(probe.open for probe in exercise.probes)}
        for folder in doubtful:
            short = f"{folder.parent.name}/{folder.name}" in trains  # a full proof takes a quarter of an hour
            for report in prove([folder], workers=1, full=not short):
                _tell(report, options.json)
                good = good and report.publishable
    return 0 if good else 1


def _tell(report: GateReport, as_json: bool) -> None:
    if as_json:
        print_json(report.to_json())
    else:
        sys.stdout.write(report.as_text())
    sys.stdout.flush()


def _without_libraries(exercises: Sequence[Exercise], name: str | None) -> dict[str, str]:
    """Exercises whose libraries cannot be had here, and why; those of all others are there afterwards."""
    missing: dict[Profile, str] = {}
    profiles = {p for exercise in exercises for p in (exercise.profile, authors(exercise))}
    for profile in sorted(profiles, key=lambda profile: DOWNLOAD_MB[profile]):
        try:
            prepare(profile, HOME, name=asked(name), progress=say)
        except BoxError as problem:
            if profile is Profile.NUMPY:  # then nothing can be verified
                raise
            missing[profile] = str(problem)
    return {
        exercise.id: why
        for exercise in exercises
        for why in [missing.get(exercise.profile) or missing.get(authors(exercise))]
        if why
    }


def _blanks_in(folder: Path) -> list[str]:
    """A sentence for each line of a folder that its author has not written yet."""
    name = f"{folder.parent.name}/{folder.name}"
    texts = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".md", ".toml") and path.is_file() and path.stat().st_size <= LARGEST_TEXT:
            texts[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8", errors="replace")
    return [f"{name}/{blank.file}, line {blank.line}: {blank.sentence}" for blank in blanks(texts)]


# ---- new -----------------------------------------------------------------------------------------


def _new(options: argparse.Namespace) -> int:
    folder: Path = options.folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{options.folder}: this exists already; a new exercise gets a folder of its own.")
    files = new(options.like, folder.name)
    write_folder(folder, files)
    sys.stdout.write(f"{options.folder}: {len(files)} files with {len(blanks(files))} lines to write.\n")
    return 0


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """The texts as files, in a folder that is made if it is missing."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")


# ---- notebooks -----------------------------------------------------------------------------------


def _export(options: argparse.Namespace) -> int:
    from grader.notebooks import exchange  # nbformat is slow to import

    what: Path = options.what
    if options.like:
        return _export_like(options)
    if what.suffix == ".md":
        data = exchange.lesson_notebook(what.read_text(encoding="utf-8"))
    else:
        data = exchange.exercise_notebook(load(what).files)
    options.output.write_bytes(data)
    return 0


def _export_like(options: argparse.Namespace) -> int:
    """For another system, with inputs and expected values of this exercise in it."""
    from grader.notebooks import outgoing

    if options.like not in FOREIGN:
        raise UsageError(f'there is no system "{options.like}": take one of {", ".join(FOREIGN)}.')
    exercise = load(options.what)
    key = os.urandom(16)  # what goes out is asked nowhere else
    asked = [
        (probe, seed)
        for probe in exercise.probes
        for seed in (
            public_seeds(probe) if probe.visible else hidden_seeds(exercise, probe, key)[: probe.seeds]
        )
    ]
    store = MemoryStore()
    with open_pool(options.sandbox, [exercise]) as pool:
        compute(
            exercise, pool, store, cases=[(probe.name, seed) for probe, seed in asked], progress=_progress
        )
        digests = (exercise.grading_digest, pool.backend.box_digest(exercise.profile))
    cases: dict[str, list[tuple[bytes, bytes]]] = {}
    for probe, seed in asked:
        case = store.get(*digests, probe.name, seed)
        if case is not None:
            cases.setdefault(probe.name, []).append((case.inputs, case.expected))
    made = outgoing.notebook(exercise, cases, options.like)
    options.output.write_bytes(made.data)
    sys.stdout.write("".join(f"{note}\n" for note in made.notes))
    return 0


def _import(options: argparse.Namespace) -> int:
    from grader.notebooks import exchange
    from grader.notebooks.notebook import LARGEST

    into: Path = options.into
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError(f"{into}: this exists already; a notebook is brought into a new folder or file.")
    try:
        if (size := options.notebook.stat().st_size) > LARGEST:
            raise exchange.too_large(size)
        found = exchange.read(options.notebook.read_bytes(), options.notebook.stem)
    except exchange.NotebookError as error:
        for note in error.notes:
            sys.stdout.write(f"{note}\n")
        raise UsageError(f"{options.notebook}: {error}") from None
    if found.lesson:
        if into.suffix != ".md":
            raise UsageError(f"{options.notebook}: this is a lesson; name a file, as in {into}.md")
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_text(found.lesson, encoding="utf-8", newline="")
    else:
        write_folder(into.absolute(), found.files)
    for note in found.notes:
        sys.stdout.write(f"{note}\n")
    left = len(blanks(found.files))
    sys.stdout.write(
        f"{into}: {len(found.files) or 1} files" + (f" with {left} lines to write.\n" if left else ".\n")
    )
    return 0


# ---- sandbox -------------------------------------------------------------------------------------


def _sandbox(options: argparse.Namespace) -> int:
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


def shipped() -> list[Path]:
    """The folders of this repository's exercises, in the order of the course."""
    return sorted(path.parent for path in (ROOT / "exercises").glob("*/*/exercise.toml"))


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


# ---- what they share -----------------------------------------------------------------------------


def open_pool(name: str | None, exercises: Sequence[Exercise], *, warm: int = 0) -> Pool:
    """A pool on the chosen back-end, with the libraries and images there that these exercises need."""
    profiles = {exercise.profile for exercise in exercises}
    for profile in sorted(profiles | {authors(exercise) for exercise in exercises}):
        prepare(profile, HOME, name=asked(name), progress=say)
    return Pool(choose_backend(asked(name), home=HOME), warm=dict.fromkeys(profiles, warm))


def asked(name: str | None) -> str | None:
    """The sandbox that the command line or the environment insists on; None: the strongest that works."""
    return name or os.environ.get("SANDBOX") or None


def print_json(data: Json) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n")


def _progress(done: int, total: int, name: str) -> None:
    say(f"expected values: {done} of {total} ({name})")


if __name__ == "__main__":
    sys.exit(main())
