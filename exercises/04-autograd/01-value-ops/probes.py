"""Values that remember: expression trees travel as nested lists and are grown from the learner's Values."""

import cmath

from grader.language import T64, T64n, Tolerance, probe, travels


@travels
def grow(tree, leaves):
    """A tree is ["leaf", i], ["number", c], [operation, a] or [operation, a, b]; works on any number type."""
    word = tree[0]
    if word == "leaf":
        return leaves[tree[1]]
    if word == "number":
        return tree[1]
    if word == "**":
        return grow(tree[1], leaves) ** tree[2]
    if word in ("exp", "tanh", "relu"):
        return getattr(grow(tree[1], leaves), word)()
    a = grow(tree[1], leaves)
    if word == "neg":
        return -a
    b = grow(tree[2], leaves)
    if word == "+":
        return a + b
    if word == "-":
        return a - b
    if word == "*":
        return a * b
    return a / b


@travels
def slopes(Value, case):
    leaves = [Value(x) for x in case["leaves"]]
    root = grow(case["tree"], leaves)
    root.backward()
    return [root.data, [leaf.grad for leaf in leaves]]


@travels
class Plain:
    """A complex number with the three methods, for slopes by complex step."""

    def __init__(self, z):
        self.z = z

    def lifted(self, other):
        return other.z if isinstance(other, Plain) else other

    def __neg__(self):
        return Plain(-self.z)

    def __add__(self, other):
        return Plain(self.z + self.lifted(other))

    def __sub__(self, other):
        return Plain(self.z - self.lifted(other))

    def __mul__(self, other):
        return Plain(self.z * self.lifted(other))

    def __truediv__(self, other):
        return Plain(self.z / self.lifted(other))

    def __rsub__(self, other):
        return Plain(other - self.z)

    def __rtruediv__(self, other):
        return Plain(other / self.z)

    __radd__ = __add__
    __rmul__ = __mul__

    def __pow__(self, n):
        return Plain(self.z**n)

    def exp(self):
        return Plain(cmath.exp(self.z))

    def tanh(self):
        return Plain(cmath.tanh(self.z))

    def relu(self):
        return Plain(self.z if self.z.real > 0 else 0 * self.z)


def value_at(case, leaf=0, nudge=0.0):
    leaves = [Plain(complex(x)) for x in case["leaves"]]
    leaves[leaf] = Plain(leaves[leaf].z + nudge)
    return grow(case["tree"], leaves).z


def by_complex_step(case):
    slope = [value_at(case, leaf, 1e-30j).imag / 1e-30 for leaf in range(len(case["leaves"]))]
    return [value_at(case).real, slope]


def by_differences(case):
    slope = [
        (value_at(case, leaf, 1e-5).real - value_at(case, leaf, -1e-5).real) / 2e-5
        for leaf in range(len(case["leaves"]))
    ]
    return [value_at(case).real, slope]


def number(rng):
    return ["number", round(float(rng.uniform(0.5, 2)) * int(rng.choice([-1, 1])), 2)]


def tree(rng, words, depth):
    """A random expression; at most one side of an operation is a plain number."""
    if depth == 0:
        return ["leaf", int(rng.integers(3))]
    word = str(rng.choice(words))
    if word == "**":
        return ["**", tree(rng, words, depth - 1), [3, -2, 2, -1][int(rng.integers(4))]]
    if word in ("neg", "exp", "tanh", "relu"):
        return [word, tree(rng, words, depth - 1)]
    sides = [tree(rng, words, depth - 1), tree(rng, words, int(rng.integers(depth)))]
    if rng.random() < 0.3:
        sides[1] = number(rng)
    if rng.random() < 0.5:
        sides.reverse()
    return [word, *sides]


def tame(rng, words, depth):
    """A tree with tame value and slopes, away from kinks and poles."""
    while True:
        leaves = [float(x) for x in rng.uniform(0.4, 1.6, 3) * rng.choice([-1, 1], 3)]
        case = {"leaves": leaves, "tree": tree(rng, words, depth)}
        try:
            value, slope = by_complex_step(case)
            nearby = by_differences(case)[1]
        except (OverflowError, ZeroDivisionError):
            continue
        size = max(map(abs, slope))
        close = all(abs(a - b) < 1e-6 * size for a, b in zip(slope, nearby, strict=True))
        if abs(value) < 50 and 0.01 < size < 200 and close:
            return case


def many(rng, words, depth, count=20):
    return {"cases": [tame(rng, words, depth) for _ in range(count)]}


@probe(task=1, visible=True, seeds=2, points=1, kind="gradient")
class PlusMinusTimes:
    "x + y, x - y, x * y and x * x"

    def make(rng):
        return {
            "cases": [
                {"leaves": [float(x) for x in rng.uniform(0.5, 2, 2)], "tree": t}
                for t in (
                    ["+", ["leaf", 0], ["leaf", 1]],
                    ["-", ["leaf", 0], ["leaf", 1]],
                    ["*", ["leaf", 0], ["leaf", 1]],
                    ["*", ["leaf", 0], ["leaf", 0]],
                )
            ]
        }

    def ask(answer, inputs):
        return [slopes(answer.Value, case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=1, visible=True, seeds=2, points=1, kind="gradient")
class NumbersOnEitherSide:
    "x + 2, 2 + x, x - 2, 2 - x, x * 2, 2 * x and -x"

    def make(rng):
        return {
            "cases": [
                {"leaves": [float(x) for x in rng.uniform(0.5, 2, 2)], "tree": t}
                for t in (
                    ["+", ["leaf", 0], ["number", 2.0]],
                    ["+", ["number", 2.0], ["leaf", 0]],
                    ["-", ["leaf", 0], ["number", 2.0]],
                    ["-", ["number", 2.0], ["leaf", 0]],
                    ["*", ["leaf", 0], ["number", 2.0]],
                    ["*", ["number", 2.0], ["leaf", 0]],
                    ["neg", ["leaf", 0]],
                )
            ]
        }

    def ask(answer, inputs):
        return [slopes(answer.Value, case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=1, seeds=4, points=2, kind="gradient", tolerance=T64n)
class TwentyTrees:
    "twenty random expressions with plus, minus and times"

    def make(rng):
        return many(rng, ["+", "-", "*", "neg"], 5, 20)

    def ask(answer, inputs):
        return [slopes(answer.Value, case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=1, seeds=2, points=1, kind="gradient", tolerance=Tolerance(1e-5, 1e-7))
class AgainstDifferences:
    "random expressions against finite differences"

    def make(rng):
        return many(rng, ["+", "-", "*"], 3, 20)

    def ask(answer, inputs):
        return [slopes(answer.Value, case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_differences(case) for case in inputs["cases"]]


@probe(task=1, points=1, seeds=3, tolerance=T64, kind="gradient")
class TinySlopes:
    "slopes of a hundred-millionth count too"

    def make(rng):
        return {
            "x": float(rng.uniform(1, 2)),
            "y": float(rng.uniform(1, 2)),
            "c": float(rng.uniform(1e-4, 2e-4)),
        }

    def ask(answer, inputs):
        x, y = answer.Value(inputs["x"]), answer.Value(inputs["y"])
        out = (x * inputs["c"]) * (y * inputs["c"]) + 1.0
        out.backward()
        return [out.data, 1e8 * x.grad, 1e8 * y.grad]

    def truth(inputs):
        x, y, square = inputs["x"], inputs["y"], inputs["c"] ** 2
        return [x * y * square + 1, 1e8 * y * square, 1e8 * x * square]


@probe(task=1, points=1, seeds=3, tolerance=T64, kind="gradient")
class TwoRootsOneLeaf:
    "two results made from the same x: their slopes add up in x"

    def make(rng):
        return {"x": float(rng.uniform(1, 2)), "y": float(rng.uniform(1, 2))}

    def ask(answer, inputs):
        x, y = answer.Value(inputs["x"]), answer.Value(inputs["y"])
        first, second = x * y, x * x - y
        first.backward()
        second.backward()
        return [x.grad, y.grad, x.data, first.grad, second.grad]

    def truth(inputs):
        x, y = inputs["x"], inputs["y"]
        return [y + 2 * x, x - 1, x, 1.0, 1.0]


@probe(task=2, visible=True, seeds=2, points=1, kind="gradient")
class DivideAndPower:
    "x / y, 1 / x, x / 2 and x ** 3"

    def make(rng):
        return {
            "cases": [
                {"leaves": [float(x) for x in rng.uniform(0.5, 2, 2)], "tree": t}
                for t in (
                    ["/", ["leaf", 0], ["leaf", 1]],
                    ["/", ["number", 1.0], ["leaf", 0]],
                    ["/", ["leaf", 0], ["number", 2.0]],
                    ["**", ["leaf", 0], 3],
                )
            ]
        }

    def ask(answer, inputs):
        return [slopes(answer.Value, case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=2, seeds=4, points=2, kind="gradient", tolerance=T64n)
class TwentyQuotients:
    "twenty random expressions with divide and power"

    def make(rng):
        return many(rng, ["/", "**"], 3, 20)

    def ask(answer, inputs):
        return [slopes(answer.Value, case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=2, seeds=2, points=1, kind="gradient", tolerance=Tolerance(1e-5, 1e-7))
class QuotientsAgainstDifferences:
    "random quotients against finite differences"

    def make(rng):
        return many(rng, ["/", "**"], 2, 20)

    def ask(answer, inputs):
        return [slopes(answer.Value, case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_differences(case) for case in inputs["cases"]]


@probe(task=2, points=1, seeds=3, tolerance=T64, kind="edge")
class PowersOfEverySort:
    "negative numbers to whole powers, positive ones to fractions"

    def make(rng):
        x = float(rng.uniform(0.5, 2))
        below = [[-x, n] for n in (1, 2, 3, -1, -2, 0)]
        return {"cases": [*below, [x, 0.5], [x, 2.5], [x, -1.5], [x, 1.0]]}

    def ask(answer, inputs):
        results = []
        for x, n in inputs["cases"]:
            leaf = answer.Value(x)
            power = leaf**n
            power.backward()
            results.append([power.data, leaf.grad])
        return results

    def truth(inputs):
        return [[x**n, n * x ** (n - 1)] for x, n in inputs["cases"]]


@probe(task=3, visible=True, seeds=2, points=1, kind="gradient")
class ExpTanhRelu:
    "exp, tanh and relu of a positive and a negative number"

    def make(rng):
        return {
            "cases": [
                {"leaves": [side * float(rng.uniform(0.3, 1.5))], "tree": [word, ["leaf", 0]]}
                for word in ("exp", "tanh", "relu")
                for side in (1, -1)
            ]
        }

    def ask(answer, inputs):
        return [slopes(answer.Value, case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=3, seeds=4, points=2, kind="gradient", tolerance=T64n)
class Compositions:
    "random compositions of the three, multiplied together"

    def make(rng):
        return many(rng, ["exp", "tanh", "relu", "*"], 4, 20)

    def ask(answer, inputs):
        return [slopes(answer.Value, case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_complex_step(case) for case in inputs["cases"]]


@probe(task=3, seeds=2, points=1, kind="gradient", tolerance=Tolerance(1e-5, 1e-7))
class CompositionsAgainstDifferences:
    "compositions against finite differences"

    def make(rng):
        return many(rng, ["exp", "tanh", "relu", "*"], 3, 20)

    def ask(answer, inputs):
        return [slopes(answer.Value, case) for case in inputs["cases"]]

    def truth(inputs):
        return [by_differences(case) for case in inputs["cases"]]


@probe(task=3, points=1, seeds=3, tolerance=T64, kind="edge")
class AtTheKinkAndFarOut:
    "relu at zero, tanh and exp far out"

    def make(rng):
        return {"far": float(rng.uniform(20, 40)), "scale": float(rng.uniform(1, 2))}

    def ask(answer, inputs):
        results = []
        for word, x in (("relu", 0.0), ("relu", -0.0), ("tanh", inputs["far"]), ("exp", -inputs["far"])):
            leaf = answer.Value(x)
            out = getattr(leaf, word)() * inputs["scale"]
            out.backward()
            results.append([out.data, leaf.grad])
        return results
