"""What `compose_grad` is asked: chains of known functions, long, short and steep."""

import cmath
import math

from grader.language import EXACT, T64, Tolerance, calls, probe, travels


@travels
def pair(link, m):
    """The function and the slope that `link` describes; `m` is math, or cmath for complex numbers."""
    kind, a, b = link["kind"], link["a"], link["b"]
    if kind == "line":
        return (lambda x: a * x + b), (lambda x: a)
    if kind == "sin":
        return (lambda x: a * m.sin(b * x) + x), (lambda x: a * b * m.cos(b * x) + 1.0)
    if kind == "wave":
        return (lambda x: 0.4 * a * m.sin(b * x) + x), (lambda x: 0.4 * a * b * m.cos(b * x) + 1.0)
    if kind == "tanh":
        return (lambda x: m.tanh(a * x) + b), (lambda x: a * (1.0 - m.tanh(a * x) ** 2))
    if kind == "square":
        return (lambda x: a * x * x + b), (lambda x: 2 * a * x)
    return (lambda x: m.exp(-a * a * x * x) - b), (lambda x: -2 * a * a * x * m.exp(-a * a * x * x))


@travels
def slope(answer, c):
    pairs = [pair(link, math) for link in c["links"]]
    return answer.compose_grad([pairs[i] for i in c.get("order", range(len(pairs)))], c["x"])


def slope_by_complex_step(c):
    """A truth that uses no slope at all: step sideways, into the imaginary numbers, by 1e-30."""
    z = complex(c["x"], 1e-30)
    for i in c.get("order", range(len(c["links"]))):
        z = pair(c["links"][i], cmath)[0](z)
    return z.imag / 1e-30


def some_links(rng, kinds):
    def number():
        return float(rng.uniform(0.4, 1.2)) * (-1.0 if rng.random() < 0.5 else 1.0)

    return [{"kind": str(kind), "a": number(), "b": number()} for kind in kinds]


@probe(task=1, points=1, visible=True, seeds=2, tolerance=T64)
class SquareThenSine:
    "First square, then sine"

    def make(rng):
        return {"x": round(float(rng.uniform(0.5, 2.0)), 4)}

    def ask(answer, inputs):
        square = (lambda x: x * x, lambda x: 2 * x)
        sine = (math.sin, math.cos)
        return answer.compose_grad([square, sine], inputs["x"])

    def truth(inputs):
        return math.cos(inputs["x"] ** 2) * 2 * inputs["x"]


@calls({1: slope}, truth=slope_by_complex_step, visible=True, seeds=2)
def ThreeLinks(rng):
    "A chain of three"
    return {"links": some_links(rng, ["square", "tanh", "line"]), "x": round(float(rng.uniform(0.5, 1.5)), 3)}


@calls({1: slope}, truth=slope_by_complex_step, points=2, seeds=4)
def OneToThirtyLinks(rng):
    "Chains of 1 to 30 functions"
    cases = []
    for depth in (1, 2, 3, 5, 8, 13, 21, 30):
        kinds = rng.choice(["line", "sin", "tanh", "bell"], size=depth)
        kinds[0] = rng.choice(["square", "sin"])
        # Flat functions in a row bring the slope to nearly 0, steep ones to chaos: gentle waves.
        kinds[5:] = "wave"
        cases.append({"links": some_links(rng, kinds), "x": float(rng.uniform(0.4, 1.4))})
    return [*cases]


@calls({1: slope}, truth=slope_by_complex_step, kind="edge")
def TheSameTwice(rng):
    "The same pair of functions at several places of the chain, also where it returns what arrives"
    still = {"links": [{"kind": "square", "a": 1.0, "b": 0.0}, *some_links(rng, ["sin"])], "x": 1.0}
    twice = {"links": some_links(rng, ["square", "sin"]), "order": (0, 0, 1, 0)}
    many = {"links": some_links(rng, ["wave", "line", "tanh"]), "order": (1, 0, 0, 2, 1, 0, 2)}
    return [*(c | {"x": float(rng.uniform(0.4, 1.2))} for c in (twice, many)), still]


@calls({1: slope}, truth=slope_by_complex_step)
def SteepChain(rng):
    "Chains so steep that measuring them would lose digits"
    links = [{"kind": "sin", "a": float(rng.uniform(0.5, 1.0)), "b": float(rng.uniform(8.0, 12.0))}] * 2
    lines = [{"kind": "line", "a": float(rng.uniform(1e3, 1e4)), "b": 1.0}] * 5
    return [{"links": chain, "x": float(rng.uniform(-1.0, 1.0))} for chain in (links, lines)]


@calls({1: slope}, truth=slope_by_complex_step, seeds=2, tolerance=Tolerance(1e-9, 1e-30), kind="edge")
def FlatAndNearlyFlat(rng):
    "Chains that pass a flat place, that are nearly flat all along, or only at first"
    flat = some_links(rng, ["sin", "line", "tanh"])
    flat[1]["a"] = 0.0
    faint = some_links(rng, ["line"] * 6)
    for link in faint:
        link["a"] *= 0.02
    ordinary = some_links(rng, ["sin", "tanh", "line"])
    bottom = some_links(rng, ["square", "sin"])
    back = some_links(rng, ["line"] * 4)
    for link, factor in zip(back, (1e-9, 1e-9, 1e11, 1e8)):
        link["a"] *= factor
    far_back = some_links(rng, ["line"] * 4)
    for link, factor in zip(far_back, (1e-70, 1e-70, 1e80, 1e59)):
        link["a"] *= factor
    chains = [(flat, 0.7), (faint, float(rng.uniform(0.5, 1.5))), (ordinary, 0.4), (bottom, 0.0)]
    chains += [(links, float(rng.uniform(0.5, 1.5))) for links in (back, back[:2], far_back)]
    return [{"links": links, "x": x} for links, x in chains]


@probe(task=1, points=1, seeds=2, tolerance=EXACT, kind="edge", veto=True)
class EmptyChain:
    "A chain of no functions"

    def make(rng):
        return {"x": float(rng.uniform(2.0, 3.0))}

    def ask(answer, inputs):
        return answer.compose_grad([], inputs["x"])

    def truth(inputs):
        return 1.0


@probe(task=1, points=1, seeds=2, kind="edge")
class OneFunctionTwoSlopes:
    "A kink twice in one chain, with another slope in each pair"

    def make(rng):
        return {"slopes": rng.uniform(0.2, 0.8, 2).tolist()}

    def ask(answer, inputs):
        def kink(x):
            return max(x, 0.0)

        return answer.compose_grad([(kink, lambda x, s=s: s) for s in inputs["slopes"]], 0.0)

    def truth(inputs):
        return inputs["slopes"][0] * inputs["slopes"][1]
