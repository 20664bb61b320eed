from grader.language import T64, calls


@calls({1: "running_mean"}, visible=True)
def Small(rng):
    "Five numbers, windows of two"
    return {"x": rng.normal(size=5), "k": 2}


@calls({1: "running_mean"}, points=3)
def Windows(rng):
    "Windows of many sizes"
    return [{"x": rng.normal(size=n), "k": k} for n, k in [(7, 3), (12, 5), (6, 6), (9, 1)]]
