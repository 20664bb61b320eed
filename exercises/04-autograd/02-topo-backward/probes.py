"""The walk back: random graphs, deep chains and knots; an order is checked outside, link by link."""

import cmath
import gc
import weakref
from operator import methodcaller

from grader.language import EXACT, T64n, Tolerance, calls, probe, residual, travels


@travels
def build(case, leaf, tanh, touched=-1, nudge=0.0):
    """Leaves first, then one node per step [word, i, j, c]; i and j name earlier nodes; one may be nudged."""
    nodes = []
    for word, i, j, c in [*(["leaf", x, 0, 0] for x in case["leaves"]), *case["steps"]]:
        if word == "leaf":
            node = leaf(i)
        elif word == "+":
            node = nodes[i] + nodes[j]
        elif word == "*":
            node = nodes[i] * nodes[j]
        else:
            node = nodes[i] * c if word == "scale" else tanh(nodes[i])
        nodes.append(node + nudge if len(nodes) == touched else node)
    return nodes


@travels
def listed(in_order, Value, case):
    """Which nodes the learner lists, by name; -1 for an object that is not of this graph."""
    nodes = build(case, Value, methodcaller("tanh"))
    names = {id(node): name for node, name in zip(nodes, case["names"], strict=True)}
    return [names.get(id(node), -1) for node in in_order(nodes[case["root"]])]


@travels
def walked(backward, nodes, root):
    backward(nodes[root])
    return [node.grad for node in nodes]


@travels
def gradients(backward, Value, case):
    return walked(backward, build(case, Value, methodcaller("tanh")), case["root"])


def value_at(case, touched, nudge):
    return build(case, complex, cmath.tanh, touched, nudge)[case["root"]]


def nodes_in(case):
    return len(case["leaves"]) + len(case["steps"])


def by_complex_step(case):
    return [value_at(case, node, 1e-30j).imag / 1e-30 for node in range(nodes_in(case))]


def by_differences(case):
    rises = [value_at(case, n, 1e-5).real - value_at(case, n, -1e-5).real for n in range(nodes_in(case))]
    return [rise / 2e-5 for rise in rises]


def graph(rng, leaves, steps, spare=0):
    """A random graph whose last node sees nearly all others; `spare` more nodes hang beside it."""
    made = []
    for number in range(leaves, leaves + steps + spare):
        word = str(rng.choice(["+", "*", "scale", "tanh"]))
        near = max(0, number - 4)
        i, j = (int(k) for k in rng.integers(near if rng.random() < 0.6 else 0, number, 2))
        made.append([word, i, j, float(rng.uniform(0.5, 1.5))])
    values = [float(x) for x in rng.uniform(0.4, 1.1, leaves) * rng.choice([-1, 1], leaves)]
    return {"leaves": values, "steps": made, "root": leaves + steps - 1}


def calm(rng, leaves, steps, spare=0):
    """A graph whose gradients are neither huge nor nearly all zero."""
    while True:
        case = graph(rng, leaves, steps, spare)
        sizes = [abs(g) for g in by_complex_step(case)[:leaves]]
        if 0.05 < max(sizes) < 100 and sum(size > 0 for size in sizes) > leaves // 2:
            return case


def with_squares(case):
    """Two squares more, each of an object that goes another, longer way too: on the right and on the left."""
    steps, root = list(case["steps"]), case["root"]
    for leaf, square_first in ((0, True), (1, False)):
        x = len(case["leaves"]) + len(steps)
        steps += [["tanh", leaf, 0, 1.0], ["*", x, x, 1.0], ["tanh", x, 0, 1.0], ["tanh", x + 2, 0, 1.0]]
        pair = [x + 1, x + 3] if square_first else [x + 3, x + 1]
        steps += [["+", *pair, 1.0], ["+", root, x + 4, 1.0]]
        root = x + 5
    return case | {"steps": steps, "root": root}


def named(rng, case):
    """Every node gets a name that says nothing about its place."""
    return case | {"names": [int(name) for name in rng.permutation(nodes_in(case))]}


def behind(case):
    """The numbers of the nodes behind the root, and the parents of each."""
    parents = {number: [] for number in range(len(case["leaves"]))}
    for number, (word, i, j, _) in enumerate(case["steps"], start=len(case["leaves"])):
        parents[number] = [i, j] if word in "+*" else [i]
    reached, waiting = set(), [case["root"]]
    while waiting:
        number = waiting.pop()
        if number not in reached:
            reached.add(number)
            waiting.extend(parents[number])
    return reached, parents


def faults(case, got):
    """How many nodes are missing, foreign, listed twice, or stand before one of their parents."""
    if not isinstance(got, list | tuple) or not all(isinstance(number, int) for number in got):
        return "a list of objects of the graph is asked for."
    reached, parents = behind(case)
    numbers = {name: number for number, name in enumerate(case["names"])}
    got = [numbers.get(name, -1) for name in got]
    place = {number: position for position, number in enumerate(got)}
    wrong = len(reached - set(got)) + len(set(got) - reached) + len(got) - len(place)
    for number in reached & set(got):
        wrong += sum(parent in place and place[parent] > place[number] for parent in parents[number])
    return float(wrong)


def faults_in_both(cases, got):
    if not isinstance(got, list | tuple) or len(got) != len(cases):
        return "a list of objects is asked for of each graph."
    return in_all([faults(*pair) for pair in zip(cases, got)])


def in_all(found):
    """The sum of some faults, or the first sentence among them."""
    return next((one for one in found if isinstance(one, str)), None) or sum(found)


ORDER = {1: (listed, "in_order", "Value")}
GRADIENTS = {2: (gradients, "backward", "Value")}


@calls(
    ORDER,
    visible=True,
    judge=residual(
        below=0.5, says="the number of objects that are missing, foreign, repeated or out of order"
    ),
    judged_by=faults,
)
def OrderOfASmallGraph(rng):
    "a graph of six objects: how many are missing, repeated or out of order"
    return named(rng, calm(rng, 2, 4))


@calls(
    ORDER,
    points=2,
    seeds=4,
    judge=residual(
        below=0.5, says="the number of objects that are missing, foreign, repeated or out of order"
    ),
    judged_by=faults,
)
def OrderOfALargerGraph(rng):
    "fifty objects, and some more that do not belong to the root"
    return named(rng, with_squares(calm(rng, 5, 35, spare=6)))


@calls(
    ORDER,
    judge=residual(
        below=0.5, says="the number of objects that are missing, foreign, repeated or out of order"
    ),
    judged_by=faults,
    kind="edge",
)
def OrderWithEqualNumbers(rng):
    "different objects that hold the same number"
    case = calm(rng, 6, 20)
    return named(rng, case | {"leaves": [case["leaves"][0]] * 6})


@calls(
    ORDER,
    seeds=1,
    veto=True,
    judge=residual(
        below=0.5, says="the number of objects that are missing, foreign, repeated or out of order"
    ),
    judged_by=faults_in_both,
    seconds=4,
)
def OrderOfAChainAndAKnot(rng):
    "a chain of 5,000 steps and a knot of forty doublings"
    chain = {"leaves": [1.0], "steps": [["scale", n, n, 1.0] for n in range(5000)], "root": 5000}
    knot = {"leaves": [1.0], "steps": [["+", n, n, 1.0] for n in range(40)], "root": 40}
    return [named(rng, chain), named(rng, knot)]


@calls(GRADIENTS, truth=by_complex_step, visible=True, kind="gradient")
def SmallGraph(rng):
    "the gradients of all objects in a small graph"
    return calm(rng, 2, 4)


@calls(GRADIENTS, truth=by_complex_step, points=2, seeds=4, tolerance=T64n, kind="gradient")
def LargerGraph(rng):
    "forty objects, and some more that do not belong to the root"
    return calm(rng, 5, 35, spare=6)


@calls(GRADIENTS, truth=by_differences, seeds=2, tolerance=Tolerance(1e-5, 1e-7), kind="gradient")
def GraphAgainstDifferences(rng):
    "the gradients of a graph against finite differences"
    return calm(rng, 4, 15)


@probe(task=2, visible=True, seeds=2, tolerance=T64n, seconds=4)
class Knot:
    "forty diamonds in a row: a million million paths, a hundred and twenty objects"

    def make(rng):
        x, a = float(rng.uniform(0.5, 1)), rng.uniform(0.2, 0.9, 40)
        return {"x": x, "slopes": [[float(part), float(1 - part)] for part in a]}

    def ask(answer, inputs):
        x = y = answer.Value(inputs["x"])
        for a, b in inputs["slopes"]:
            y = y * a + y * (b + 0.01)
        answer.backward(y)
        return [y.data, x.grad]

    def truth(inputs):
        product = 1.0
        for a, b in inputs["slopes"]:
            product *= a + b + 0.01
        return [inputs["x"] * product, product]


@probe(task=2, seeds=2, tolerance=T64n, seconds=4)
class DeepChain:
    "a chain ten thousand objects deep, with the same x at every step"

    def make(rng):
        return {"x": float(rng.uniform(0.5, 1)), "c": float(rng.uniform(0.9995, 0.9999))}

    def ask(answer, inputs):
        x = y = answer.Value(inputs["x"])
        for _ in range(5000):
            y = y * inputs["c"] + x
        answer.backward(y)
        return [y.data, x.grad]

    def truth(inputs):
        c = inputs["c"]
        total = (1 - c**5001) / (1 - c)
        return [inputs["x"] * total, total]


@probe(task=2, tolerance=T64n)
class TwiceAndTwoRoots:
    "a second walk after zeroing, a walk from another root, and a root that had a gradient before"

    def make(rng):
        return calm(rng, 3, 9) | {"other": int(rng.integers(5, 9)), "before": float(rng.uniform(2, 3))}

    def ask(answer, inputs):
        nodes = build(inputs, answer.Value, methodcaller("tanh"))
        nodes[inputs["root"]].grad = inputs["before"]
        results = []
        for root, zeroed in (("root", nodes), ("root", nodes[3:]), ("other", [])):
            results.append(walked(answer.backward, nodes, inputs[root]))
            for node in zeroed:
                node.grad = 0.0
        return [*results[:2], results[2][:3]]

    def truth(inputs):
        first = by_complex_step(inputs)
        second = by_complex_step(inputs | {"root": inputs["other"]})
        return [first, first, [a + b for a, b in zip(first[:3], second[:3], strict=True)]]


@probe(task=2, seeds=2, kind="edge")
class LonelyAndEqual:
    "a root that is a leaf, and different objects that hold the same number"

    def make(rng):
        return {"x": float(rng.uniform(0.5, 1.5))}

    def ask(answer, inputs):
        lonely = answer.Value(inputs["x"])
        answer.backward(lonely)
        twins = [answer.Value(inputs["x"]) for _ in range(3)]
        answer.backward(twins[0] * twins[1] + twins[2] * twins[2])
        return [lonely.grad, [twin.grad for twin in twins]]

    def truth(inputs):
        x = inputs["x"]
        return [1.0, [x, x, 2 * x]]


@probe(
    task=1,
    judge=residual(
        below=0.5, says="the number of objects that are missing, foreign, repeated or out of order"
    ),
)
class OrderTwice:
    "the order again when the first list was emptied, one from another root, and the graph left as it was"

    def make(rng):
        case = named(rng, calm(rng, 3, 12, spare=2))
        before = [float(g) for g in rng.standard_normal(nodes_in(case))]
        return case | {"other": int(rng.integers(6, 11)), "before": before}

    def ask(answer, inputs):
        nodes = build(inputs, answer.Value, methodcaller("tanh"))
        names = {id(node): name for node, name in zip(nodes, inputs["names"], strict=True)}
        for node, grad in zip(nodes, inputs["before"], strict=True):
            node.grad = grad
        kept, orders = [len(vars(node)) for node in nodes], []
        for kept_of_it, root in enumerate((inputs["root"], inputs["root"], inputs["other"], inputs["root"])):
            order = answer.in_order(nodes[root])
            orders.append([names.get(id(node), -1) for node in order])
            if isinstance(order, list):
                del order[: len(order) - 1 + kept_of_it]  # the root alone at first, then nothing
        grads = [node.grad for node in nodes]
        return [orders, grads, [len(vars(node)) - had for node, had in zip(nodes, kept, strict=True)]]

    def judge(inputs, got):
        orders, grads, more = got
        roots = (inputs["root"], inputs["root"], inputs["other"], inputs["root"])
        if grads != inputs["before"]:
            return "the `grad` of an object was changed. Only look at the objects here."
        if any(more):
            return "objects got or lost an attribute. Keep what you have seen in a set of your own."
        return in_all(
            [faults(inputs | {"root": root}, order) for root, order in zip(roots, orders, strict=True)]
        )


@probe(task=2, judge=residual(below=0.5))
class EveryPushOnce:
    "which objects push, in which order: each before its parents, leaves too, and those with gradient 0"

    def make(rng):
        case = calm(rng, 4, 14, spare=3)
        first, root = nodes_in(case), case["root"]  # a factor of 0: nothing comes through to most of them
        more = [["scale", root, root, 0.0], ["scale", 0, 0, 1.2], ["+", first, first + 1, 1.0]]
        return named(rng, with_squares(case | {"steps": case["steps"] + more, "root": first + 2}))

    def ask(answer, inputs):
        nodes, pushed = build(inputs, answer.Value, methodcaller("tanh")), []

        def noted(node, name):
            push = node.push

            def noting():
                pushed.append(name)
                push()

            node.push = noting

        for node, name in zip(nodes, inputs["names"], strict=True):
            noted(node, name)
        answer.backward(nodes[inputs["root"]])
        return pushed

    def judge(inputs, got):
        return faults(inputs, got[::-1]) if isinstance(got, list) else "no object pushed."


def with_what_was_there(case):
    """What each holds in the end: it begins with what it has and hands on all of it; the root with 1."""
    reached, _ = behind(case)

    def total(touched, nudge):
        values = build(case, complex, cmath.tanh, touched, nudge)
        rest = sum(case["before"][node] * values[node] for node in reached if node != case["root"])
        return values[case["root"]] + rest

    slopes = [total(node, 1e-30j).imag / 1e-30 for node in range(nodes_in(case))]
    return [slope if node in reached else case["before"][node] for node, slope in enumerate(slopes)]


@probe(task=2, tolerance=T64n, kind="gradient")
class GradientsThatWereThere:
    "objects that have a gradient before the walk keep it, add to it and hand on all of it"

    def make(rng):
        case = calm(rng, 3, 9, spare=3)
        return case | {"before": [float(g) for g in rng.uniform(0.5, 2, nodes_in(case))]}

    def ask(answer, inputs):
        nodes = build(inputs, answer.Value, methodcaller("tanh"))
        for node, grad in zip(nodes, inputs["before"], strict=True):
            node.grad = grad
        return walked(answer.backward, nodes, inputs["root"])

    def truth(inputs):
        return with_what_was_there(inputs)


@travels
def forgotten(function, Value, case):
    """Whether nobody holds a graph any more that was walked and then let go."""
    root = Value(2.0)
    root = root * root + root
    trace = weakref.ref(root)
    function(root)
    root = None
    gc.collect()
    return trace() is None


def true(c):
    return True


@calls(
    {1: (forgotten, "in_order", "Value"), 2: (forgotten, "backward", "Value")},
    truth=true,
    tolerance=EXACT,
    veto=True,
)
def NothingIsKept(rng):
    "{}: keeps nothing from one call to the next"
    return {}
