"""What the two functions are asked."""


from grader.language import T64n, probe


@probe(task=1, visible=True, seeds=1, tolerance=T64n)
class DotSmall:
    "Five numbers"

    def make(rng):
        return {"a": rng.normal(size=5), "b": rng.normal(size=5)}

    def ask(answer, inputs):
        return answer.dot(inputs["a"], inputs["b"])


@probe(task=1, seeds=2, tolerance=T64n, times_faster=4)
class DotFast:
    "A hundred thousand numbers, in a fraction of a loop's time"

    def make(rng):
        return {"a": rng.normal(size=100_000), "b": rng.normal(size=100_000)}

    def ask(answer, inputs):
        return answer.dot(inputs["a"], inputs["b"])

    def baseline(inputs):
        total = 0.0
        for a, b in zip(inputs["a"], inputs["b"]):
            total += a * b
        return total


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
