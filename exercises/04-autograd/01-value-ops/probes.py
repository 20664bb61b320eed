"""Values that remember: expression trees travel as nested lists and are grown from the learner's Values."""

import cmath
import operator

from grader.language import EXACT, T64n, Tolerance, calls, probe, travels

X = ["leaf", 0]
Y = ["leaf", 1]
TWO = ["number", 2.0]
THREE = ["number", 3]


@travels
def grow(tree, leaves, method):
    """A tree is ["leaf", i], ["number", c], [operation, a] or [operation, a, b]; works on any number type."""
    word, first, *second = tree
    if word in ("leaf", "number"):
        return leaves[first] if word == "leaf" else first
    sides = [grow(side, leaves, method) for side in (first, *second)]
    signs = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "**": "pow", "neg": "neg"}
    return (getattr(operator, signs[word]) if word in signs else method(word))(*sides)


@travels
def slopes(answer, case):
    leaves = [answer.Value(x) for x in case["leaves"]]
    root = grow(case["tree"], leaves, operator.methodcaller)
    root.backward()
    return [root.data, [leaf.grad for leaf in leaves]]


@travels
def slope_of_one(answer, case):
    value, (slope,) = slopes(answer, case)
    return [value, slope]


def value_at(case, leaf=0, nudge=0.0):
    leaves = [complex(x) for x in case["leaves"]]
    leaves[leaf] += nudge
    methods = {"exp": cmath.exp, "tanh": cmath.tanh, "relu": lambda z: z if z.real > 0 else 0 * z}
    return grow(case["tree"], leaves, methods.get)


def by_complex_step(case):
    slope = [value_at(case, leaf, 1e-30j).imag / 1e-30 for leaf in range(len(case["leaves"]))]
    return [value_at(case).real, slope]


def by_differences(case):
    rises = [value_at(case, n, 1e-5).real - value_at(case, n, -1e-5).real for n in range(len(case["leaves"]))]
    return [value_at(case).real, [rise / 2e-5 for rise in rises]]


def some_number(rng):
    return ["number", round(float(rng.uniform(0.5, 2)) * int(rng.choice([-1, 1])), 2)]


def some_tree(rng, words, depth):
    """A random expression; at most one side of an operation is a plain number."""
    if depth == 0:
        return ["leaf", int(rng.integers(3))]
    word = str(rng.choice(words))
    first = some_tree(rng, words, depth - 1)
    if word == "**":
        return [word, first, ["number", [3, -2, 2, -1][int(rng.integers(4))]]]
    if word in ("neg", "exp", "tanh", "relu"):
        return [word, first]
    second = some_tree(rng, words, int(rng.integers(depth)))
    if rng.random() < 0.3:
        second = some_number(rng)
    return [word, first, second] if rng.random() >= 0.5 else [word, second, first]


def tame(rng, words, depth):
    """A tree with tame value and slopes, away from kinks and poles."""
    while True:
        leaves = [float(x) for x in rng.uniform(0.4, 1.6, 3) * rng.choice([-1, 1], 3)]
        case = {"leaves": leaves, "tree": some_tree(rng, words, depth)}
        try:
            value, slope = by_complex_step(case)
            nearby = by_differences(case)[1]
        except (OverflowError, ZeroDivisionError):
            continue
        size = max(map(abs, slope))
        close = all(abs(a - b) < 1e-6 * size for a, b in zip(slope, nearby, strict=True))
        if abs(value) < 50 and 0.01 < size < 200 and close:
            return case


def twenty(rng, words, depth):
    return [tame(rng, words, depth) for _ in range(20)]


def with_two_leaves(rng, trees):
    return [{"leaves": [float(x) for x in rng.uniform(0.5, 2, 2)], "tree": tree} for tree in trees]


@calls({1: slopes}, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def PlusMinusTimes(rng):
    "x + y, x - y, x * y and x * x"
    return with_two_leaves(rng, [["+", X, Y], ["-", X, Y], ["*", X, Y], ["*", X, X]])


@calls({1: slopes}, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def NumbersOnEitherSide(rng):
    "x + 2, 2 + x, x - 2, 2 - x, x * 2, 2 * x and -x"
    either = [tree for sign in "+-*" for tree in ([sign, X, TWO], [sign, TWO, X])]
    return with_two_leaves(rng, [*either, ["neg", X]])


@calls({1: slopes}, truth=by_complex_step, points=2, seeds=4, tolerance=T64n, kind="gradient")
def TwentyTrees(rng):
    "twenty random expressions with plus, minus and times"
    return twenty(rng, ["+", "-", "*", "neg"], 5)


@calls({1: slopes}, truth=by_differences, seeds=2, tolerance=Tolerance(1e-5, 1e-7), kind="gradient")
def AgainstDifferences(rng):
    "random expressions against finite differences"
    return twenty(rng, ["+", "-", "*"], 3)


@probe(task=1, kind="gradient")
class TinySlopes:
    "slopes of a hundred-millionth count too"

    def make(rng):
        x, y, c = (float(rng.uniform(*ends)) for ends in ((1, 2), (1, 2), (1e-4, 2e-4)))
        return {"x": x, "y": y, "c": c}

    def ask(answer, inputs):
        x, y = answer.Value(inputs["x"]), answer.Value(inputs["y"])
        out = (x * inputs["c"]) * (y * inputs["c"]) + 1.0
        out.backward()
        return [out.data, 1e8 * x.grad, 1e8 * y.grad]

    def truth(inputs):
        x, y, square = inputs["x"], inputs["y"], inputs["c"] ** 2
        return [x * y * square + 1, 1e8 * y * square, 1e8 * x * square]


@probe(task=1, kind="gradient")
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


@travels
def of_its_own(answer, c):
    """What x has collected from another result, and then from one that equals x."""
    found = []
    for tree in c["trees"]:
        x, y = answer.Value(c["x"]), answer.Value(c["y"])
        (x * y).backward()
        out = grow(tree, [x], operator.methodcaller)
        out.backward()
        found.append([out.data, x.grad, out.grad])
    return found


def slopes_of_its_own(c):
    return [[c["x"], c["y"] + 1.0, 1.0] for _ in c["trees"]]


def equal_to_x(rng, *trees):
    return {"x": float(rng.uniform(1, 2)), "y": float(rng.uniform(1, 2)), "trees": [*trees]}


@calls({1: of_its_own}, truth=slopes_of_its_own, kind="gradient")
def PlusNothing(rng):
    "x + 0, 0 + x, x - 0 and x * 1 are new Values"
    nothing, one = ["number", 0.0], ["number", 1.0]
    return {**equal_to_x(rng, ["+", X, nothing], ["+", nothing, X], ["-", X, nothing], ["*", X, one])}


@calls({2: of_its_own}, truth=slopes_of_its_own, kind="gradient")
def OverOne(rng):
    "x / 1 and x ** 1 are new Values"
    return {**equal_to_x(rng, ["/", X, ["number", 1.0]], ["**", X, ["number", 1]])}


@calls({3: of_its_own}, truth=slopes_of_its_own, kind="gradient")
def ReluOfAPositive(rng):
    "relu of a positive number is a new Value"
    return {**equal_to_x(rng, ["relu", X])}


@travels
def left_alone(answer, case):
    """Value and slopes, and what backward has no business to change: the result's grad, the leaves' data."""
    leaves = [answer.Value(x) for x in case["leaves"]]
    out = grow(case["tree"], leaves, operator.methodcaller)
    out.backward()
    return [out.data, [leaf.grad for leaf in leaves], out.grad, [leaf.data for leaf in leaves]]


def and_the_rest(case):
    return [*by_complex_step(case), 1.0, case["leaves"]]


@calls({1: left_alone}, truth=and_the_rest, kind="gradient")
def PushLeavesTheRestAlone(rng):
    "a push changes the parents' grad and nothing else: every operation of task 1"
    trees = [[sign, X, Y] for sign in "+-*"] + [["*", X, X], ["+", X, X], ["-", X, X], ["neg", X]]
    trees += [tree for n in (TWO, THREE) for sign in "+-*" for tree in ([sign, X, n], [sign, n, X])]
    return with_two_leaves(rng, trees)


@calls({2: left_alone}, truth=and_the_rest, kind="gradient")
def PushOfAQuotientLeavesTheRestAlone(rng):
    "a push changes the parents' grad and nothing else: every operation of task 2"
    powers = [["**", X, ["number", n]] for n in (3, 2, 0.5, -1, 1)]
    return with_two_leaves(
        rng,
        [["/", X, Y], ["/", X, X], ["/", TWO, X], ["/", X, TWO], ["/", THREE, X], ["/", X, THREE], *powers],
    )


@calls({3: left_alone}, truth=and_the_rest, kind="gradient")
def PushOfABendLeavesTheRestAlone(rng):
    "a push changes the parents' grad and nothing else: exp, tanh and relu"
    made = [[word, X] for word in ("exp", "tanh", "relu")] + [[word, ["neg", X]] for word in ("exp", "tanh")]
    return with_two_leaves(rng, made)


@travels
def behind(answer, c):
    """Whether x and y are among what the result was made from, directly or indirectly."""
    found = []
    for tree in c["trees"]:
        leaves = [answer.Value(c["x"]), answer.Value(c["y"])]
        waiting, seen = [grow(tree, leaves, operator.methodcaller)], []
        while waiting:
            node = waiting.pop()
            if not any(node is one for one in seen):
                seen.append(node)
                waiting.extend(node.parents)
        found.append([any(leaf is one for one in seen) for leaf in leaves])
    return found


def leaves_of(c):
    return [[str(leaf) in str(tree) for leaf in (X, Y)] for tree in c["trees"]]


@calls({1: behind}, truth=leaves_of, tolerance=EXACT, kind="edge", veto=True)
def ParentsWhereTheSlopeIsZero(rng):
    "x * 0, x - x and 0 * x + y are made from x, although its slope is 0"
    nothing = ["number", 0.0]
    return equal_to_x(rng, ["*", X, nothing], ["-", X, X], ["+", ["*", nothing, X], Y], ["*", X, Y])


@calls({2: behind}, truth=leaves_of, tolerance=EXACT, kind="edge", veto=True)
def ParentsOfAQuotient(rng):
    "x ** 0, 0 / x and y / x are made from x"
    return equal_to_x(rng, ["**", X, ["number", 0]], ["/", ["number", 0.0], X], ["/", Y, X])


@calls({2: slopes}, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def DivideAndPower(rng):
    "x / y, 1 / x, x / 2 and x ** 3"
    return with_two_leaves(
        rng, [["/", X, Y], ["/", ["number", 1.0], X], ["/", X, TWO], ["**", X, ["number", 3]]]
    )


@calls({2: slopes}, truth=by_complex_step, points=2, seeds=4, tolerance=T64n, kind="gradient")
def TwentyQuotients(rng):
    "twenty random expressions with divide and power"
    return twenty(rng, ["/", "**"], 3)


@calls({2: slopes}, truth=by_differences, seeds=2, tolerance=Tolerance(1e-5, 1e-7), kind="gradient")
def QuotientsAgainstDifferences(rng):
    "random quotients against finite differences"
    return twenty(rng, ["/", "**"], 2)


def power_rule(case):
    x, n = case["leaves"][0], case["tree"][2][1]
    return [x**n, n * x ** (n - 1)]


@calls({2: slope_of_one}, truth=power_rule, kind="edge")
def PowersOfEverySort(rng):
    "negative numbers to whole powers, positive ones to fractions"
    x = float(rng.uniform(0.5, 2))
    pairs = [*((-x, n) for n in (1, 2, 3, -1, -2, 0, 3.0, -1.0)), *((x, n) for n in (0.5, 2.5, -1.5, 1.0))]
    pairs += [(0.0, n) for n in (1, 2, 3)]
    return [{"leaves": [x], "tree": ["**", X, ["number", n]]} for x, n in pairs]


@calls({3: slopes}, truth=by_complex_step, visible=True, seeds=2, kind="gradient")
def ExpTanhRelu(rng):
    "exp, tanh and relu of a positive and a negative number"
    pairs = [(word, side) for word in ("exp", "tanh", "relu") for side in (1, -1)]
    return [{"leaves": [side * float(rng.uniform(0.3, 1.5))], "tree": [word, X]} for word, side in pairs]


@calls({3: slopes}, truth=by_complex_step, points=2, seeds=4, tolerance=T64n, kind="gradient")
def Compositions(rng):
    "random compositions of the three, multiplied together"
    return twenty(rng, ["exp", "tanh", "relu", "*"], 4)


@calls({3: slopes}, truth=by_differences, seeds=2, tolerance=Tolerance(1e-5, 1e-7), kind="gradient")
def CompositionsAgainstDifferences(rng):
    "compositions against finite differences"
    return twenty(rng, ["exp", "tanh", "relu", "*"], 3)


@calls({3: slope_of_one}, kind="edge")
def AtTheKinkAndFarOut(rng):
    "relu at zero, tanh and exp far out"
    far, scale = float(rng.uniform(20, 40)), ["number", float(rng.uniform(1, 2))]
    pairs = [("relu", 0.0), ("relu", -0.0), ("tanh", far), ("exp", -far), ("exp", -20 * far)]
    pairs += [("tanh", 20 * far), ("tanh", -20 * far), ("relu", 1e-9), ("relu", -1e-9)]
    return [{"leaves": [x], "tree": ["*", [word, X], scale]} for word, x in pairs]
