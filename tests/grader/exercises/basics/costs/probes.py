"""What the two functions are asked."""


from grader.language import T64n, probe


@probe(task=1, visible=True, seeds=1, tolerance=T64n)
class DotSmall:
    "Five numbers"

    def make(rng):
        return {"a": rng.normal(size=5), "b": rng.normal(size=5)}

    def ask(answer, inputs):
        return answer.dot(inputs["a"], inputs["b"])


@probe(task=1, seeds=2, tolerance=T64n, times_faster=8)
class DotFast:
    "Four hundred products of two thousand numbers, in a fraction of a loop's time"

    def make(rng):
        return {"a": rng.normal(size=(20, 2000)), "b": rng.normal(size=(20, 2000))}

    def ask(answer, inputs):
        return [answer.dot(a, b) for a in inputs["a"] for b in inputs["b"]]

    def baseline(inputs):
        totals = []
        for a in inputs["a"]:
            for b in inputs["b"]:
                total = 0.0
                for p, q in zip(a, b):
                    total += p * q
                totals.append(total)
        return totals


@probe(task=2, visible=True, seeds=1, tolerance=T64n)
class GapSmall:
    "Ten numbers"

    def make(rng):
        return {"x": rng.normal(size=10)}

    def ask(answer, inputs):
        return answer.largest_gap(inputs["x"])


@probe(task=2, seeds=2, tolerance=T64n, memory_mb=64)
class GapInLittleMemory:
    "Six thousand numbers in 64 MB"

    def make(rng):
        return {"x": rng.normal(size=6000)}

    def ask(answer, inputs):
        return answer.largest_gap(inputs["x"])
