"""The probe language: every word that an exercise's `probes.py` may use in its decorators.

`probes.py` is read as text (AST), never imported by our processes: the definitions here exist so
that authors get completion, type checks and this documentation. A probe *returns values*; it has
no assertions and never sees an expected value. Its functions:

    @probe(task=1, points=2, visible=True, seeds=3, tolerance=T64)
    class RowsOfABatch:
        "Softmax of a batch, row by row"                      # the title that a learner reads

        def make(rng):                    # author's box, when published -> dict of plain data
            return {"x": rng.standard_normal((3, 5))}

        def ask(answer, inputs):          # student's box; for the truth, author's box + reference
            return answer.softmax(inputs["x"])

        def truth(inputs): ...            # optional, author's box: the expected value in closed form
        def judge(inputs, got): ...       # optional, author's box: a number made from parsed values,
                                          #   bounded by `judge=` below (several answers are right)
        def baseline(inputs): ...         # optional, author's box: the slow way, for `times_faster`
        def value(answer, inputs): ...    # optional, author's box: the number whose gradient `ask`
                                          #   returns, for the proof by finite differences (`wrt=`)

Most probes only call a function, and the truth is another function of the same arguments. They have a
shorthand, which means the same as the probes that it stands for:

    @calls({1: "matmul_loops", 2: "matmul_rows"}, truth=exact, points=2, seeds=3)   # task: function
    def ManyShapes(rng):              # `make`; one probe for each task: ManyShapes1, ManyShapes2
        "Long, flat, single rows, single columns"
        return [{"A": ..., "B": ...} for m, k, n in SHAPES]     # one call for each case, by position

A file may have one `ask` and one `truth` at its top level, for every probe that has no `ask` of its own.
A probe may derive from one above it, `class Single(ManyShapes)`, and say only what differs.

`make` returns a dict. What it names with a leading underscore stays in the author's box (labels,
planted faults, orders): `truth`, `judge` and `baseline` see it, `ask` and `value` never do. A `judge`
that needs the expected value takes it as a third parameter: `judge(inputs, got, expected)`.

Plain data: None, bool, int, float, complex, str, bytes, numpy arrays and scalars of the table in
`sandbox_images/inside/wire.py`, and lists, tuples, sets and dicts of those.

A probe is visible, hidden or open. An open one is a long run that is watched; what it made stays in its box
for hidden probes that come after it:

    @probe(task=3, open=True, seconds=90, judge=band(0, 2.2), short={"steps": 20}, short_judge=band(0, 4))
    class Trains:
        "Training on fresh text"
        def make(rng): return {"text": ..., "steps": 2000}
        def ask(answer, inputs):
            model, losses = answer.train(inputs["text"], inputs["steps"])
            keep(model=model)                                  # from probing import keep, kept
            return losses
        def truth(inputs): return [0.0] * inputs["steps"]       # an answer of the right form
        def judge(inputs, got): return sum(got[-100:]) / 100

    @probe(task=3, after=Trains)
    class TheFutureChangesNothing:
        def make(rng): return {"tokens": ...}
        def ask(answer, inputs):
            return ... kept("model") ...
        def truth(inputs): ...

What travels into a student's box for one probe: `ask` itself, without comments or decorator, and of
the rest of `probes.py` only what it uses: imports, literal constants, and the top-level functions and
classes marked `@travels`. Nothing else: no tolerance, no judge, no later probe.

A gradient is proven before it is published: `value` returns the number whose gradient the `ask`
returns, and `wrt` names the inputs (an array, or a list or dict of arrays) in the order in which the
`ask` returns their gradients; verify differentiates `value` numerically on the reference. The second
proof is an independent `truth`: torch autograd or a closed form.

    @probe(task=2, kind="gradient", wrt=("x", "W"))
    class Gradients:
        def make(rng):
            return {"x": ..., "W": ..., "dout": rng.standard_normal((3, 4))}
        def ask(answer, inputs):
            out, cache = answer.linear_fwd(inputs["x"], inputs["W"])
            return answer.linear_bwd(inputs["dout"], cache)
        def value(answer, inputs):
            out, cache = answer.linear_fwd(inputs["x"], inputs["W"])
            return (out * inputs["dout"]).sum()
        def truth(inputs): ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True)
class Tolerance:
    """Accept `max|got - expected| <= atol + rtol * max|expected|` (over finite entries of one array).

    The scale is the largest finite magnitude of that one expected array.
    """

    rtol: float
    atol: float


T64 = Tolerance(1e-9, 1e-12)
"""float64, one operation."""
T64n = Tolerance(1e-7, 1e-10)
"""float64, a deep network or hundreds of steps."""
T32 = Tolerance(1e-4, 1e-6)
"""float32."""
T16 = Tolerance(5e-3, 5e-3)
"""float16, centred inputs."""
TB16 = Tolerance(4e-2, 4e-2)
"""bfloat16, centred inputs."""
EXACT = Tolerance(0.0, 0.0)
"""Equal, bit for bit up to the sign of zero."""


@dataclass(frozen=True)
class Bound:
    """A number must lie in [low, high]: what the author's `judge` returns, or one that we measure.

    `says`: what the number is, as the subject of a sentence ("the largest gap between two slopes").
    """

    low: float
    high: float
    measure: str = "judge"
    says: str = ""


def residual(*, below: float, says: str = "") -> Bound:
    """The author's `judge` returns a residual; its magnitude must be at most `below`.

    A learner reads "{says} came to 0.3; at most 0.25 is accepted".
    """
    return Bound(-below, below, says=says)


def band(low: float, high: float, says: str = "") -> Bound:
    """The author's `judge` returns a number that must lie in [low, high]; `says` as in `residual`."""
    return Bound(low, high, says=says)


def accuracy(low: float, high: float = 1.0) -> Bound:
    """The share of returned labels that equal those of `truth` must lie in [low, high]; no `judge`.

    `truth` finds the labels without the learner's box (from names with a leading underscore, say).
    """
    return Bound(low, high, "accuracy")


def chi_square(*, p: float = 1e-6) -> Bound:
    """The returned draws (numbers of categories) must follow the probabilities of `truth`; no `judge`.

    `truth` returns {"probabilities": an array, "draws": how many are asked for}. Right code fails
    with the probability `p`.
    """
    return Bound(p, 1.0, "chi_square")


def probe(
    *,
    task: int,
    points: float = 1,
    visible: bool = False,
    seeds: int = 3,
    tolerance: Tolerance = T64,
    judge: Bound | None = None,
    kind: str = "value",
    veto: bool = False,
    pure: bool = True,
    dtype: str = "same",
    seconds: float | None = None,
    memory_mb: int | None = None,
    times_faster: float | None = None,
    wrt: tuple[str, ...] = (),
    open: bool = False,  # noqa: A002  the word of the probe language
    after: type | str | None = None,
    short: dict[str, object] | None = None,
    short_judge: Bound | None = None,
) -> Callable[[type[T]], type[T]]:
    """Declare a probe. All arguments must be literals or names of this module.

    task: the task that this probe belongs to (an id in exercise.toml).
    points: added to the task's points; a task pays only when all its probes pass, and one that pays
        must be hidden (values on public seeds could be copied).
    visible: part of Run, shown in full; uses fixed public seeds. Otherwise hidden, seeds rotate.
    seeds: how many instances one submission is asked, at most 24.
    tolerance: T64, T64n, T32, T16, TB16, EXACT or Tolerance(rtol, atol).
    judge: residual(below=...) or band(low, high) on what the author's `judge` returns; or, measured
        without one against what `truth` returns, accuracy(low, high) or chi_square(p=...).
    kind: what a failure is called: "value", "gradient", "edge", "purity" (see verdict.Failing).
    veto: the right value could be known without solving (a flag, a count, an error's name): this
        probe can fail a task, but a task must have another one that pays; its points count nothing.
    pure: the inputs must be unchanged after the call.
    dtype: "same" (arrays must have the reference's dtype) or "any".
    seconds: charged time for all seeds of this probe, measured outside; default limits.probe_seconds.
    memory_mb: a hard cap of its own above the box's baseline: the probe gets a fresh box.
    times_faster: must take at most 1/times_faster of `baseline`'s time, both measured outside.
    wrt: names of the inputs whose gradients `ask` returns, in that order; needs `value`.
    open: asked on Submit, once, on fresh inputs, and watched while it runs; nobody is ever asked the same
        inputs again. Its `ask` may `keep(model=...)` (of `probing`) for the probes after it; needs `truth`.
    after: the open probe whose `kept("model")` this hidden probe asks, in the same box, once that one has
        passed; needs `truth`, for what comes depends on whatever the learner's code made.
    short: inputs that `make` returns, in a smaller size: for samples, automatic mutants, wrappers, cheats and
        mutants. The reference, alternatives and mutants with `full = true` are asked in full.
    short_judge: the bound in the short size, of the same word as `judge`. Without it any number that
        `judge` returns will do there.
    """

    def decorate(cls: type[T]) -> type[T]:
        return cls

    return decorate


def calls(
    functions: dict[int, str | Callable[..., object] | tuple[Callable[..., object] | str, ...]],
    *,
    truth: Callable[..., object] | dict[int, Callable[..., object]] | None = None,
    baseline: Callable[..., object] | dict[int, Callable[..., object]] | None = None,
    judged_by: Callable[..., object] | dict[int, Callable[..., object]] | None = None,
    through: Callable[..., object] | None = None,
    pick: int | str | dict[int, int | str] | None = None,
    attempt: bool = False,
    **settings: object,
) -> Callable[[F], F]:
    """Declare one probe for each task that calls a function with what the decorated function makes.

    The decorated function takes `rng` and ends with `return {...}`, the arguments of one call in their
    order, or with `return [...]`, a list of such dicts: then the answer is the list of what the calls return.
    What it returns may have a name, and be made by another function of the file. `{}` in the title becomes
    the name of the function that is called.

    functions: task to the name of the learner's function; or to a function of the file that is marked
        @travels and called as `f(answer, case)` with the whole dict; or to both in a tuple, (f, "relu",
        "relu_bwd"), called as `f(answer.relu, answer.relu_bwd, case)`. A literal, or the name of one.
    truth, baseline: functions of the file, called with the same arguments (with the dict for a
        function that takes one); what they are for stands above and at `probe`.
    judged_by: a function of the file, called with (the dict or the list of dicts, the answer); what it
        returns is bounded by `judge=`.
    through: a function marked @travels that turns the arguments into those that are handed over (views
        with gaps, say); it returns a tuple.
    pick: the index or key of the one result that is compared.
    attempt: an exception is a value, too (`probing.attempt`).
    settings: as those of `probe`, without `task`.

    Each of them may be a table by task, or the name of one: truth={1: exact_sum, 2: exact_product}; and
    functools.partial(function, ...) may stand for a function of the file: truth=partial(exact, "sum").
    """

    def decorate(function: F) -> F:
        return function

    return decorate


def travels(function: F) -> F:
    """Mark a top-level function or class of `probes.py` that may go into the student's box with an `ask`."""
    return function
