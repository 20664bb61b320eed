"""What `broadcast_shape` is asked: pairs to read, hundreds of random ones, shapes too large to build."""

import numpy as np

from grader.language import EXACT, calls, probe


def some_pair(rng, sizes, fitting=True, axes=5):
    """Two random shapes of up to `axes` axes; they fit by construction, or disagree in one place at least."""
    full = rng.choice(sizes, size=int(rng.integers(0 if fitting else 1, axes + 1)))
    pair = []
    for _ in range(2):
        shape = [1 if rng.random() < 0.3 else int(size) for size in full]
        pair.append(shape[int(rng.integers(0, len(shape) + 1)) :])
    a, b = pair
    if not fitting:
        a, b = a or [1], b or [1]
        k = -int(rng.integers(1, min(len(a), len(b)) + 1))
        a[k], b[k] = (int(size) for size in rng.choice([s for s in sizes if s != 1], size=2, replace=False))
    return {"a": tuple(a), "b": tuple(b)}


def numpy_says(a, b):
    """The truth from numpy itself; it refuses shapes whose product overflows, so large sizes are renamed."""
    large = sorted({size for size in a + b if size > 9})
    small = {size: 10 + i for i, size in enumerate(large)}
    back = {number: size for size, number in small.items()}
    shape = np.broadcast_shapes(*(tuple(small.get(size, size) for size in shape) for shape in (a, b)))
    return tuple(back.get(size, size) for size in shape)


@calls({1: "broadcast_shape"}, truth=numpy_says, visible=True, seeds=2, tolerance=EXACT)
def SixPairs(rng):
    "Six pairs that fit"
    m, n, k = (int(size) for size in rng.choice(np.arange(2, 30), 3, replace=False))
    first = [((m, n), (n,)), ((m, 1), (1, n)), ((k, 1, n), (m, 1))]
    pairs = [*first, ((), (m, k)), ((1, n), (0, n)), ((1, 1), (1,))]
    return [{"a": a, "b": b} for a, b in pairs]


@calls({1: "broadcast_shape"}, truth=numpy_says, points=2, tolerance=EXACT)
def HundredsOfPairs(rng):
    "Hundreds of pairs that fit, with up to five axes"
    return [some_pair(rng, [0, 1, 2, 3, 4, 5, 7]) for _ in range(300)]


@probe(task=1, points=1, seeds=2, tolerance=EXACT, veto=True)
class ATuple:
    "The type of the result"

    def make(rng):
        return {"pairs": [some_pair(rng, [1, 2, 3]) for _ in range(3)]}

    def ask(answer, inputs):
        return [type(answer.broadcast_shape(c["a"], c["b"])).__name__ for c in inputs["pairs"]]

    def truth(inputs):
        return ["tuple"] * 3


@calls({1: "broadcast_shape"}, truth=numpy_says, seeds=2, tolerance=EXACT, kind="edge")
def ShapesTooLargeToBuild(rng):
    "Shapes of arrays that no computer could hold, with up to twelve axes"
    # Odd sizes beyond 2**53, which no float64 holds.
    sizes = [1, *(2 * int(size) + 1 for size in rng.integers(10**16, 10**18, 4))]
    return [some_pair(rng, sizes, axes=12) for _ in range(50)]


@calls({2: "broadcast_shape"}, attempt=True, visible=True, seeds=2, tolerance=EXACT)
def FitOrNot(rng):
    "Some of these pairs fit and some do not"
    m, n = (int(size) for size in rng.choice(np.arange(2, 30), 2, replace=False))
    pairs = [((m, n), (m,)), ((0,), (n,)), ((m, n), (1, n)), ((n, m, 1), (m + n, 4))]
    return [{"a": a, "b": b} for a, b in pairs]


@calls({2: "broadcast_shape"}, attempt=True, points=2, tolerance=EXACT)
def HundredsFitOrNot(rng):
    "Hundreds of pairs, about half of which do not fit, with up to nine axes"
    # In one pair out of ten the sizes are multiples of each other, in one a zero meets another size.
    sizes = [[0, 1, 2, 3, 4, 5, 7], [1, 2, 4, 8], [0, 1, 3], [1, 10**18, 10**18 + 1]]
    chances = [0.5, 0.2, 0.15, 0.15]
    return [some_pair(rng, sizes[int(rng.choice(4, p=chances))], rng.random() < 0.5, 9) for _ in range(300)]
