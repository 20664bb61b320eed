"""Tables and masks compared whole, passes of a loader in order and shuffled, a mean with hostile padding."""

import numpy as np
import torch

from grader.language import EXACT, T32, T64, calls, probe, residual, travels

# ---- collate ---------------------------------------------------------------------------------------


@travels
def collated(answer, c):
    """The table and the mask, after the items were written into; and the items as the call left them."""
    items = [torch.tensor(row, dtype=torch.int64) for row in c["batch"]]
    ids, mask = answer.collate(items, c["pad"])
    left = [item.clone() for item in items]
    for item in items:
        item.fill_(-77)
    return {"ids": ids, "mask": mask, "batch": left}


def collated_by_hand(c):
    longest = max(len(row) for row in c["batch"])
    ids, mask = (
        np.empty((len(c["batch"]), longest), dtype=np.int64),
        np.empty((len(c["batch"]), longest), dtype=bool),
    )
    for b, row in enumerate(c["batch"]):
        for t in range(longest):
            mask[b, t] = t < len(row)
            ids[b, t] = row[t] if t < len(row) else c["pad"]
    return {"ids": ids, "mask": mask, "batch": [np.array(row, dtype=np.int64) for row in c["batch"]]}


def texts(rng, lengths, low=0, high=6):
    return [[int(n) for n in rng.integers(low, high, length)] for length in lengths]


@calls({1: collated}, truth=collated_by_hand, visible=True, seeds=2, tolerance=EXACT)
def FourItems(rng):
    "four items of different lengths; the number of the padding occurs as a token"
    return {"batch": texts(rng, [3, 5, 1, 4], 0, 3), "pad": 0}


@calls({1: collated}, truth=collated_by_hand, points=3, seeds=3, tolerance=EXACT)
def ManyItems(rng):
    "items without tokens, single items, equal lengths, a negative padding, numbers of all sizes"
    big = 2**53
    return [
        {"batch": texts(rng, [2, 0, 6, 1, 0, 3], 0, 4), "pad": 3},
        {"batch": texts(rng, [4]), "pad": 2},
        {"batch": texts(rng, [3, 3, 3], 0, 3), "pad": 1},
        {"batch": texts(rng, [1, 7, 2], -3, 3), "pad": -1},
        {"batch": [[big + 1, -big - 1, 5], [int(rng.integers(2**60, 2**61)) | 1]], "pad": -big - 3},
        {"batch": texts(rng, rng.integers(0, 9, 11), 0, 40), "pad": 50257},
        {"batch": [[0] * int(rng.integers(2, 5)), [0]], "pad": 0},
    ]


@calls({1: collated}, truth=collated_by_hand, kind="edge", veto=True, tolerance=EXACT)
def NothingInIt(rng):
    "batches in which all items are empty"
    return [{"batch": [[] for _ in range(n)], "pad": int(rng.integers(1, 9))} for n in (1, 3)]


# ---- a dataset and its loader -------------------------------------------------------------------------


def corpus(rng, N, **more):
    lengths = rng.integers(0, 7, N)
    lengths[0] = 0
    return {
        "texts": texts(rng, lengths),
        "labels": [int(n) for n in rng.permutation(50)[:N]],
        "longest": 4,
        "pad": 3,
    } | more


@travels
def told(batch):
    ids, mask, labels = batch
    return {"ids": ids, "mask": mask, "labels": labels}


@travels
class Backwards:
    """The items from the last to the first, by their numbers; there is no other way to go through them."""

    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        if not 0 <= i < len(self.items):
            raise RuntimeError(f"item {i} of {len(self.items)} was asked for")
        return self.items[-1 - i]


@travels
def passes(answer, c):
    """Items one by one; two passes behind one that was left; another dataset; the caller's lists."""
    data = answer.Sentences(c["texts"], c["labels"], c["longest"])
    items = [[data[i][0], data[i][1]] for i in range(len(data))]
    for ids, _ in items:
        ids.add_(0)
    batches = answer.loader(data, c["batch_size"], c["pad"])
    next(iter(batches))  # a pass that is left after its first batch
    found = [[told(batch) for batch in batches] for _ in range(2)]
    other = answer.loader(Backwards(items), c["batch_size"], c["pad"])
    return {
        "items": items,
        "len(data)": len(data),
        "passes": found,
        "len(loader)": len(batches),
        "other dataset": [told(batch) for batch in other],
        "is a Dataset": isinstance(data, torch.utils.data.Dataset),
        "texts": c["texts"],
        "labels": c["labels"],
    }


def passes_by_hand(c):
    cut = [text[: c["longest"]] for text in c["texts"]]
    size = c["batch_size"]

    def batches(rows, names):
        made = []
        for start in range(0, len(rows), size):
            some = collated_by_hand({"batch": rows[start : start + size], "pad": c["pad"]})
            made.append(
                {"ids": some["ids"], "mask": some["mask"], "labels": np.array(names[start : start + size])}
            )
        return made

    one = batches(cut, c["labels"])
    return {
        "items": [
            [np.array(row, dtype=np.int64), label] for row, label in zip(cut, c["labels"], strict=True)
        ],
        "len(data)": len(cut),
        "passes": [one, one],
        "len(loader)": len(one),
        "other dataset": batches(cut[::-1], c["labels"][::-1]),
        "is a Dataset": True,
        "texts": c["texts"],
        "labels": c["labels"],
    }


@calls({2: passes}, truth=passes_by_hand, visible=True, seeds=2, tolerance=EXACT)
def InOrder(rng):
    "seven texts in batches of three, in their order"
    return corpus(rng, 7, batch_size=3)


@calls({2: passes}, truth=passes_by_hand, points=2, tolerance=EXACT)
def InOrderOthers(rng):
    "batches of one, batches that come out even, one that is larger than the data, cut texts, large numbers"
    big = 2**53 + 2 * int(rng.integers(1000)) + 1
    return [
        corpus(rng, 5, batch_size=1),
        corpus(rng, 8, batch_size=4),
        corpus(rng, 6, batch_size=10),
        corpus(rng, 9, batch_size=4) | {"longest": 1},
        corpus(rng, 1, batch_size=2),
        corpus(rng, 3, batch_size=2) | {"texts": [[big, -big], [2**24 + 1], []], "labels": [-big, 0, big]},
    ]


@probe(task=2, points=2, seeds=2, tolerance=EXACT)
class ShuffledTogether:
    "shuffled passes, put back into the order of their labels: each text once, with its own label and mask"

    def make(rng):
        return corpus(rng, 11, batch_size=4, seed=int(rng.integers(2**31)))

    def ask(answer, inputs):
        data = answer.Sentences(inputs["texts"], inputs["labels"], inputs["longest"])
        generator = torch.Generator().manual_seed(inputs["seed"])
        batches = answer.loader(data, inputs["batch_size"], inputs["pad"], generator)
        found = []
        for _ in range(3):
            rows, sizes, wide = [], [], []
            for ids, mask, labels in batches:
                sizes.append(len(labels))
                wide.append(ids.shape[1] == int(mask.sum(dim=1).max()))
                rows += [
                    [int(n), i[m].tolist(), i[~m].unique().tolist()]
                    for n, i, m in zip(labels, ids, mask, strict=True)
                ]
            found.append(
                [[row[:2] for row in sorted(rows)], {n for row in rows for n in row[2]}, sizes, all(wide)]
            )
        return [found, len(batches)]

    def truth(inputs):
        rows = sorted(
            [n, row[: inputs["longest"]]] for n, row in zip(inputs["labels"], inputs["texts"], strict=True)
        )
        return [[[rows, {inputs["pad"]}, [4, 4, 3], True]] * 3, 3]


@probe(task=2, seeds=2, judge=residual(below=1.0), veto=True)
class EveryOrder:
    "the orders of many shuffled passes: new in each, any item anywhere, the same for the same seed"

    def make(rng):
        return {
            "N": 8,
            "batch_size": 3,
            "passes": 200,
            "seeds": [int(n) for n in rng.integers(2**31, size=4)],
        }

    def ask(answer, inputs):
        N, (a, b, c, d) = inputs["N"], inputs["seeds"]
        data = answer.Sentences([[n] * (n % 4) for n in range(N)], list(range(N)), 5)
        found = []
        for own, general, many in ((a, c, inputs["passes"]), (a, d, 5), (b, c, 5)):
            torch.manual_seed(general)
            batches = answer.loader(data, inputs["batch_size"], 0, torch.Generator().manual_seed(own))
            found.append(
                np.array([np.concatenate([labels for _, _, labels in batches]) for _ in range(many)])
            )
        data = answer.Sentences([[]] * 1000, list(range(1000)), 5)
        batches = answer.loader(data, 50, 0, torch.Generator().manual_seed(d))
        found.append(np.concatenate([labels for _, _, labels in batches]))
        return found

    def judge(inputs, got):
        """How uneven the table of items and places is, over what chance allows; or which rule is broken."""
        N, many = inputs["N"], inputs["passes"]
        shapes = [(many, N), (5, N), (5, N), (1000,)]
        if not isinstance(got, list) or [np.shape(one) for one in got] != shapes:
            return "each pass has to bring as many labels as there are items."
        orders, same, other, long = (np.asarray(one, dtype=np.float64) for one in got)
        passes = [orders, same, other, long[None]]
        if not all((np.sort(one, axis=1) == np.arange(one.shape[1])).all() for one in passes):
            return "a shuffled pass does not bring every item once: some come twice, others not at all."
        if (abs(long - np.arange(1000)) > 500).mean() < 0.15:
            # Of items that may come anywhere a quarter comes so far from its place.
            return (
                "in a shuffled pass over a large dataset the items stay where they are, or near it. "
                "Every item may come anywhere."
            )
        if not np.array_equal(orders[:5], same):
            return (
                "two generators in the same state brought different passes. Draw the order from the one "
                "that is handed over, and from nothing else."
            )
        if np.array_equal(same, other):
            return (
                "two generators in different states brought the same passes. Draw the order from the one "
                "that is handed over."
            )
        if len({row.tobytes() for row in orders}) < 0.95 * many:
            return "the same order comes in many passes of a loader. Draw a new one whenever a pass begins."
        counts = np.array([[(orders[:, place] == item).sum() for place in range(N)] for item in range(N)])
        even = many / N
        follow = np.zeros((N, N))
        for row in orders.astype(int):
            for one, next_one in zip(row, row[1:], strict=False):
                follow[one, next_one] += 1
        pairs = many / N
        off = ~np.eye(N, dtype=bool)
        uneven = ((counts - even) ** 2 / even).sum() / 125
        if uneven > 1:
            return (
                "over many passes some items come to some places far more often than chance allows. "
                "Every item may come anywhere."
            )
        coupled = ((follow[off] - pairs) ** 2 / pairs).sum() / 140
        if coupled > 1:
            return (
                "over many passes some items follow each other far more often than chance allows. "
                "Shuffle the items one by one, not in groups."
            )
        return float(max(uneven, coupled))


# ---- a mean ------------------------------------------------------------------------------------------


def hidden(rng, shape, odd=(), dtype=np.float64):
    B, T, D = shape
    mask = np.arange(T) < rng.integers(0, T + 1, B)[:, None]
    mask = rng.permuted(mask, axis=1)
    if T:
        mask[0], mask[-1] = True, False
        mask[0, T // 2] = T == 1
    h = rng.standard_normal(shape).astype(dtype)
    fill = np.array(odd or [1e3], dtype=dtype)
    h[~mask] = fill[rng.integers(0, len(fill), ((~mask).sum(), D))]
    return {"h": h, "mask": mask, "message": rng.standard_normal((B, D)).astype(dtype)}


@travels
def mean_and_slopes(answer, c):
    h = torch.tensor(c["h"], requires_grad=True)
    mask = torch.tensor(c["mask"])
    y = answer.masked_mean(h, mask)
    (y * torch.tensor(c["message"])).sum().backward()
    again = answer.masked_mean(h.detach(), mask)
    return {"mean": y, "gradient": h.grad, "without gradients": again, "h": h.detach(), "mask": mask}


def mean_by_hand(c):
    h, mask = c["h"], c["mask"]
    y, slopes = np.zeros((h.shape[0], h.shape[2]), h.dtype), np.zeros_like(h)
    for b in range(len(h)):
        for t in range(h.shape[1]):
            if mask[b, t]:
                y[b] += h[b, t] / h.dtype.type(mask[b].sum())
                slopes[b, t] = c["message"][b] / h.dtype.type(mask[b].sum())
    return {"mean": y, "gradient": slopes, "without gradients": y, "h": h, "mask": mask}


@calls({3: mean_and_slopes}, truth=mean_by_hand, visible=True, seeds=2, tolerance=T64)
def Means(rng):
    "the means of three rows and their gradients; the last row has no real step"
    return hidden(rng, (3, 4, 2))


ODD = (np.nan, np.inf, -np.inf, 1e300, 0.0)


@calls({3: mean_and_slopes}, truth=mean_by_hand, points=3, tolerance=T64)
def HostilePadding(rng):
    "padding of nan, of infinity and of huge numbers; one row, one step, no step, one feature"
    return [
        hidden(rng, (5, 6, 3), ODD),
        hidden(rng, (4, 3, 2), (np.nan,)),
        hidden(rng, (3, 5, 4), (np.inf, -np.inf)),
        hidden(rng, (1, 4, 3), ODD),
        hidden(rng, (3, 1, 2), ODD),
        hidden(rng, (2, 0, 3)),
        hidden(rng, (6, 7, 1), ODD),
    ]


@calls({3: mean_and_slopes}, truth=mean_by_hand, tolerance=T32)
def MeansInFloat32(rng):
    "the same in float32"
    return [hidden(rng, (4, 6, 5), (np.nan, np.inf), np.float32)]


@probe(task=3, seeds=2, kind="edge")
class RealStepsAreShown:
    "nan and infinity at real steps: they are in the mean of their row and in no other"

    def make(rng):
        made = hidden(rng, (6, 5, 3), ODD)
        h, mask = made["h"], made["mask"]
        mask[1], mask[2], mask[3] = True, [True, False, True, False, False], [False, True, True, True, False]
        h[1:4] = rng.standard_normal((3, 5, 3))
        h[1, 2, 0], h[2, 2, 1], h[3, 1, 2], h[3, 3, 0] = np.nan, np.inf, -np.inf, np.nan
        return {"h": h, "mask": mask}

    def ask(answer, inputs):
        return answer.masked_mean(torch.tensor(inputs["h"]), torch.tensor(inputs["mask"]))

    def truth(inputs):
        h, mask = inputs["h"], inputs["mask"]
        return np.array(
            [row[real].sum(axis=0) / max(1, real.sum()) for row, real in zip(h, mask, strict=True)]
        )


@probe(task=3, points=2, seeds=2, kind="gradient", wrt=("h",))
class MeanGradient:
    "the gradient of the mean"

    def make(rng):
        return hidden(rng, (4, 5, 3))

    def ask(answer, inputs):
        h = torch.tensor(inputs["h"], requires_grad=True)
        y = answer.masked_mean(h, torch.tensor(inputs["mask"]))
        (dh,) = torch.autograd.grad(y, h, torch.tensor(inputs["message"]))
        return [dh]

    def value(answer, inputs):
        y = answer.masked_mean(torch.tensor(inputs["h"]), torch.tensor(inputs["mask"]))
        return (y * torch.tensor(inputs["message"])).sum().item()
