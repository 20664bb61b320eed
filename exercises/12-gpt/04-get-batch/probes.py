"""What batches are asked: windows number by number, then rows that must be windows, and counts of places."""

import numpy as np

from grader.language import EXACT, calls, chi_square, residual, travels


def some_text(rng, N, dtype="int64", most=50):
    return rng.integers(0, most, N).astype(dtype)


def slow_cut(data, starts, T):
    x = np.zeros((len(starts), T), dtype=data.dtype)
    y = np.zeros((len(starts), T), dtype=data.dtype)
    for row, start in enumerate(starts.tolist()):
        for t in range(T):
            x[row, t] = data[start + t]
            y[row, t] = data[start + t + 1]
    return [x, y]


@calls({1: "cut"}, truth=slow_cut, visible=True, seeds=2, tolerance=EXACT)
def ThreeWindows(rng):
    "Three windows of a text of nine tokens"
    return {"data": some_text(rng, 9), "starts": np.array([4, 0, 2]), "T": 3}


@calls({1: "cut"}, truth=slow_cut, points=2, tolerance=EXACT)
def ManyWindows(rng):
    "Windows of all sizes, in any order, some twice"
    return [
        {"data": some_text(rng, N), "starts": rng.integers(0, N - T, B), "T": T}
        for N, B, T in ((40, 5, 7), (23, 11, 4), (300, 3, 64), (15, 30, 6), (8, 1, 2))
    ]


@calls({1: "cut"}, truth=slow_cut, tolerance=EXACT, kind="edge")
def FirstAndLast(rng):
    "The first and the last window, windows of one token, and a text that is one window"
    N = int(rng.integers(10, 20))
    return [
        {"data": some_text(rng, N), "starts": np.array([N - 5, 0]), "T": 4},
        {"data": some_text(rng, N), "starts": np.array([0, N - 2, 3]), "T": 1},
        {"data": some_text(rng, N), "starts": np.array([0, 0]), "T": N - 1},
        {"data": some_text(rng, 2), "starts": np.array([0]), "T": 1},
    ]


@travels
def with_gaps(data, starts, T):
    return data[::-2], starts, T


@calls({1: "cut"}, truth=slow_cut, through=with_gaps, seeds=2, tolerance=EXACT, kind="edge")
def OtherTypes(rng):
    "Texts of uint8, uint16 and int32 that are views with gaps, and starts of narrow types and of uint64"
    return [
        {"data": some_text(rng, 601, "uint8", 256), "starts": rng.integers(200, 250, 5, "uint8"), "T": 20},
        {"data": some_text(rng, 61, "uint16", 60_000), "starts": rng.integers(0, 20, 3, "uint64"), "T": 6},
        {"data": some_text(rng, 61, "int32", 2**31 - 1), "starts": rng.integers(0, 20, 4, "int32"), "T": 1},
    ]


@travels
def cut_again(answer, c):
    """The same arrays, cut, written over, and cut once more."""
    data, starts = c["data"].copy(), c["starts"].copy()
    first = list(answer.cut(data, starts, c["T"]))
    data[:] = data[::-1].copy()
    return [first, list(answer.cut(data, starts, c["T"]))]


def slow_cut_again(c):
    return [slow_cut(data, c["starts"], c["T"]) for data in (c["data"], c["data"][::-1])]


@calls({1: cut_again}, truth=slow_cut_again, seeds=2, tolerance=EXACT)
def AnotherTextInTheSameArray(rng):
    "Windows of two texts that stood in the same array, one after the other"
    return {"data": rng.permutation(30), "starts": rng.integers(0, 25, 4), "T": 5}


@travels
def written_into(answer, c):
    """The targets after somebody wrote into the inputs, and the text after that."""
    data = c["data"].copy()
    x, y = answer.cut(data, c["starts"], c["T"])
    x[:] = 99
    return [y.copy(), data]


def untouched(c):
    return [slow_cut(c["data"], c["starts"], c["T"])[1], c["data"]]


@calls({1: written_into}, truth=untouched, seeds=2, tolerance=EXACT)
def WritingIntoX(rng):
    "The targets and the text, after somebody wrote into the inputs"
    return {"data": some_text(rng, 25), "starts": rng.integers(0, 20, 3), "T": 5}


@calls({1: "cut"}, attempt=True, veto=True, seeds=2, tolerance=EXACT)
def OutsideTheText(rng):
    "Starts that are negative or too large are refused"
    N = int(rng.integers(10, 20))
    data = some_text(rng, N)
    return [
        {"data": data, "starts": np.array([1, N - 4]), "T": 4},
        {"data": data, "starts": np.array([N - 3, 1]), "T": 4},
        {"data": data, "starts": np.array([2, -1]), "T": 4},
        {"data": data, "starts": np.array([-N]), "T": 4},
        {"data": data, "starts": np.array([N + 5]), "T": 2},
        {"data": data, "starts": np.array([0]), "T": N},
        {"data": data, "starts": np.array([1, 2**32 + 2]), "T": 3},
        {"data": some_text(rng, 260), "starts": np.array([3, 250], dtype="uint8"), "T": 20},
    ]


# ---- drawn batches -----------------------------------------------------------------------------------


def shuffled(rng, N, dtype="int64"):
    """Every token once, so that a row tells where it was cut."""
    return (rng.permutation(N) + 3).astype(dtype)


@travels
def batches(answer, c):
    """Two batches of one generator, and the first one again, of a generator in the same state."""
    rng = np.random.default_rng(c["seed"])
    np.random.seed(c["seed"] % 1000)
    found = [answer.get_batch(c["data"], c["B"], c["T"], rng) for _ in range(2)]
    found.append(answer.get_batch(c["data"], c["B"], c["T"], np.random.default_rng(c["seed"])))
    return [list(pair) for pair in found]


def is_array(value, like, shape):
    return isinstance(value, np.ndarray) and value.shape == shape and value.dtype == like.dtype


NO_BATCH = "a batch is a pair `(x, y)` of two arrays [B, T], both with the dtype of `data`."


def wrong_rows(inputs, got):
    """How many rows are no windows with their targets; where all are, what is wrong with the draws."""
    if not isinstance(got, (list, tuple)) or len(got) != len(inputs):
        return NO_BATCH
    wrong, broken = 0, ""
    for c, found in zip(inputs, got):
        data, shape = c["data"], (c["B"], c["T"])
        if not isinstance(found, (list, tuple)) or len(found) != 3:
            return NO_BATCH
        for pair in found:
            if not isinstance(pair, (list, tuple)) or len(pair) != 2:
                return NO_BATCH
            if not all(is_array(part, data, shape) for part in pair):
                return NO_BATCH
            for x, y in zip(*pair):
                at = np.flatnonzero(data == x[0])
                window = data[at[0] : at[0] + c["T"] + 1] if len(at) else data[:0]
                right = len(window) == c["T"] + 1
                wrong += not (right and np.array_equal(window[:-1], x) and np.array_equal(window[1:], y))
        if not all(np.array_equal(a, b) for a, b in zip(found[0], found[2])):
            broken = "two generators in the same state gave different batches. Draw from `rng` alone."
        elif c["fresh"] and np.array_equal(found[0][0], found[1][0]):
            broken = "two calls with one generator gave the same batch. Draw from `rng` itself, in each call."
    return wrong or broken or 0


def problems(rng, *sizes):
    return [
        {
            "data": shuffled(rng, N, dtype),
            "B": B,
            "T": T,
            "seed": int(rng.integers(2**31)),
            "fresh": (N - T) ** B > 10**9,
        }
        for N, B, T, dtype in sizes
    ]


@calls({2: batches}, judged_by=wrong_rows, judge=residual(below=0.5), visible=True, seeds=1)
def RowsAreWindows(rng):
    "Every row is a window of the text, with its targets; the same state gives the same rows"
    return [*problems(rng, (30, 8, 5, "int64"))]


@calls({2: batches}, judged_by=wrong_rows, judge=residual(below=0.5), points=2)
def ManyBatches(rng):
    "The same for texts of all sizes and types"
    sizes = [(300, 16, 9, "int64"), (50, 6, 11, "uint8"), (400, 9, 64, "uint16"), (19, 40, 1, "int32")]
    return [*problems(rng, *sizes)]


@travels
def only_window(answer, c):
    found = answer.get_batch(c["data"], c["B"], c["T"], np.random.default_rng(c["seed"]))
    return list(found)


def the_window(c):
    rows = np.tile(c["data"], (c["B"], 1))
    return [rows[:, :-1], rows[:, 1:]]


@travels
def drawn_and_written_into(answer, c):
    """The targets of a text that holds one window, after somebody wrote into the inputs."""
    x, y = answer.get_batch(c["data"], c["B"], c["T"], np.random.default_rng(c["seed"]))
    x[:] = 99
    return y


def the_targets(c):
    return the_window(c)[1]


@calls({2: drawn_and_written_into}, truth=the_targets, seeds=2, tolerance=EXACT)
def WritingIntoDrawnInputs(rng):
    "The targets of a text that holds a single window, after somebody wrote into the inputs"
    return {"data": some_text(rng, 9), "B": 3, "T": 8, "seed": int(rng.integers(2**31))}


@calls({2: only_window}, truth=the_window, tolerance=EXACT, kind="edge")
def OneWindowOnly(rng):
    "A text that holds a single window, in batches of one row and of many"
    sizes = [(7, 3, 6), (2, 5, 1), (12, 1, 11)]
    return [
        {"data": some_text(rng, N), "B": B, "T": T, "seed": int(rng.integers(2**31))} for N, B, T in sizes
    ]


def coins(rng, N, T, B, count):
    return {
        "data": rng.permutation(N),
        "T": T,
        "B": B,
        "count": count,
        "seed": int(rng.integers(2**31)),
    }


@travels
def single_starts(answer, c):
    """The first token of every row of many batches."""
    rng = np.random.default_rng(c["seed"])
    return np.concatenate(
        [answer.get_batch(c["data"], c["B"], c["T"], rng)[0][:, 0] for _ in range(c["count"])]
    )


@travels
def starts_in_a_batch(answer, c):
    """The first tokens of the first and of the last row of many batches, as one number."""
    rng, N, found = np.random.default_rng(c["seed"]), len(c["data"]), []
    for _ in range(c["count"]):
        x, y = answer.get_batch(c["data"], c["B"], c["T"], rng)
        found.append(int(x[0, 0]) * N + int(x[-1, 0]))
    return np.array(found)


@travels
def starts_of_two_calls(answer, c):
    """The same for the first rows of two calls, one after the other."""
    rng, N, found = np.random.default_rng(c["seed"]), len(c["data"]), []
    for _ in range(c["count"]):
        one, two = (answer.get_batch(c["data"], c["B"], c["T"], rng)[0] for _ in range(2))
        found.append(int(one[0, 0]) * N + int(two[0, 0]))
    return np.array(found)


def fair(c):
    share = np.zeros(len(c["data"]))
    share[c["data"][: len(c["data"]) - c["T"]]] = 1
    return share / share.sum()


def fair_singles(c):
    return {"probabilities": fair(c), "draws": c["count"] * c["B"]}


def fair_pairs(c):
    share = fair(c)
    return {"probabilities": np.outer(share, share).reshape(-1), "draws": c["count"]}


@calls({2: single_starts}, truth=fair_singles, judge=chi_square(p=1e-8), points=2, seeds=2)
def EveryStart(rng):
    "How often each start comes in many batches, the first and the last one included"
    N = int(rng.integers(12, 40))
    return coins(rng, N, int(rng.integers(2, 9)), 8, 2500)


@calls({2: starts_in_a_batch}, truth=fair_pairs, judge=chi_square(p=1e-8), seeds=2)
def PairsInABatch(rng):
    "How often each pair of starts comes in a batch with fewer rows than there are starts, or as many"
    return coins(rng, 9, 5, int(rng.integers(2, 5)), 6000)


@calls({2: starts_in_a_batch}, truth=fair_pairs, judge=chi_square(p=1e-8), seeds=1)
def PairsInALargeBatch(rng):
    "How often each pair of starts comes in a batch with more rows than there are starts"
    return coins(rng, 9, 5, int(rng.integers(5, 8)), 6000)


@calls({2: starts_of_two_calls}, truth=fair_pairs, judge=chi_square(p=1e-8), seeds=2)
def PairsOfCalls(rng):
    "How often each pair of starts comes in two calls, one after the other"
    return coins(rng, 8, 4, int(rng.integers(1, 4)), 4000)


@travels
def refused(answer, c):
    return answer.get_batch(c["data"], 2, c["T"], np.random.default_rng(5))


@calls({2: refused}, attempt=True, veto=True, seeds=2, tolerance=EXACT)
def TooShort(rng):
    "A text without a single window is refused"
    N = int(rng.integers(3, 9))
    return [{"data": some_text(rng, N), "T": N}, {"data": some_text(rng, N), "T": N + 4}]
