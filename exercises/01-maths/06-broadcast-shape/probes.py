"""What `broadcast_shape` is asked: pairs to read, hundreds of random ones, shapes too large to build."""

import numpy as np
from probing import attempt

from grader.language import EXACT, probe


def some_pair(rng, sizes, fitting):
    """Two random shapes of up to five axes; they fit by construction, or disagree in one place at least."""
    full = rng.choice(sizes, size=int(rng.integers(0 if fitting else 1, 6)))
    pair = []
    for _ in range(2):
        shape = [1 if rng.random() < 0.3 else int(size) for size in full]
        pair.append(shape[int(rng.integers(0, len(shape) + 1)) :])
    a, b = pair
    if not fitting:
        for shape in pair:
            if not shape:
                shape.append(1)
        k = -int(rng.integers(1, min(len(a), len(b)) + 1))
        a[k], b[k] = (int(size) for size in rng.choice([s for s in sizes if s != 1], size=2, replace=False))
    return [tuple(a), tuple(b)]


def numpy_says(a, b):
    """The truth from numpy itself; it refuses shapes whose product overflows, so large sizes are renamed."""
    large = sorted({size for size in a + b if size > 9})
    small = {size: 100 + i for i, size in enumerate(large)}
    back = {number: size for size, number in small.items()}
    shape = np.broadcast_shapes(*(tuple(small.get(size, size) for size in shape) for shape in (a, b)))
    return tuple(back.get(size, size) for size in shape)


@probe(task=1, points=1, visible=True, seeds=2, tolerance=EXACT)
class SixPairs:
    "Six pairs that fit"

    def make(rng):
        m, n, k = (int(size) for size in rng.choice(np.arange(2, 30), 3, replace=False))
        pairs = [
            ((m, n), (n,)),
            ((m, 1), (1, n)),
            ((k, 1, n), (m, 1)),
            ((), (m, k)),
            ((1, n), (0, n)),
            ((1, 1), (1,)),
        ]
        return {"pairs": [list(pair) for pair in pairs]}

    def ask(answer, inputs):
        return [answer.broadcast_shape(tuple(a), tuple(b)) for a, b in inputs["pairs"]]

    def truth(inputs):
        return [numpy_says(tuple(a), tuple(b)) for a, b in inputs["pairs"]]


@probe(task=1, points=2, seeds=3, tolerance=EXACT)
class HundredsOfPairs:
    "Hundreds of pairs that fit, with up to five axes"

    def make(rng):
        return {"pairs": [some_pair(rng, [0, 1, 2, 3, 4, 5, 7], True) for _ in range(300)]}

    def ask(answer, inputs):
        return [answer.broadcast_shape(tuple(a), tuple(b)) for a, b in inputs["pairs"]]

    def truth(inputs):
        return [numpy_says(tuple(a), tuple(b)) for a, b in inputs["pairs"]]


@probe(task=1, points=1, seeds=2, tolerance=EXACT, kind="edge")
class ShapesTooLargeToBuild:
    "Shapes of arrays that no computer could hold"

    def make(rng):
        sizes = [1, *(int(size) for size in rng.integers(10**12, 10**13, 4))]
        return {"pairs": [some_pair(rng, sizes, True) for _ in range(50)]}

    def ask(answer, inputs):
        return [answer.broadcast_shape(tuple(a), tuple(b)) for a, b in inputs["pairs"]]

    def truth(inputs):
        return [numpy_says(tuple(a), tuple(b)) for a, b in inputs["pairs"]]


@probe(task=2, points=1, visible=True, seeds=2, tolerance=EXACT)
class FitOrNot:
    "Some of these pairs fit and some do not"

    def make(rng):
        m, n = (int(size) for size in rng.choice(np.arange(2, 30), 2, replace=False))
        pairs = [((m, n), (m,)), ((0,), (n,)), ((m, n), (1, n)), ((n, m, 1), (m + n, 4))]
        return {"pairs": [list(pair) for pair in pairs]}

    def ask(answer, inputs):
        return [attempt(answer.broadcast_shape, tuple(a), tuple(b)) for a, b in inputs["pairs"]]


@probe(task=2, points=2, seeds=3, tolerance=EXACT)
class HundredsFitOrNot:
    "Hundreds of pairs, about half of which do not fit"

    def make(rng):
        # In one pair out of ten the sizes are multiples of each other, in one a zero meets another size.
        sizes = [[0, 1, 2, 3, 4, 5, 7], [1, 2, 4, 8], [0, 1, 3], [1, 10**12, 10**12 + 1]]
        chances = [0.5, 0.2, 0.15, 0.15]
        pairs = []
        for _ in range(300):
            choice = sizes[int(rng.choice(4, p=chances))]
            pairs.append(some_pair(rng, choice, bool(rng.random() < 0.5)))
        return {"pairs": pairs}

    def ask(answer, inputs):
        return [attempt(answer.broadcast_shape, tuple(a), tuple(b)) for a, b in inputs["pairs"]]
