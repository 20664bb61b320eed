"""What the search for copies is asked: planted copies at every similarity, chains of them, runs at the bound.

All texts are made here, of words and characters chosen for this course. The truths compare every pair with
every other one.
"""

import hashlib
import re

import numpy as np

from grader.language import EXACT, calls, probe, travels

ENGLISH = """
a after again all always and any ask at back bag before begin behind big book both box bread bring
build by call carry chair city clear close cold come corner cup day deep door down draw drink early
earth east eat end ever every eye far field find fire first floor food for from full garden give
glass go gold good green ground half hand hear here high hill hold home house if in inside into
island keep kind know lake land last late leaf learn leave letter light line long look make many map
market milk morning mountain moon near never new night noise north not now of old on once only open
or other out over paper past path people place plant play point quick quiet rain read ready red rest
rice river road room salt sand say sea see seven shape ship short show side sing sit slow small snow
soft some soon south stand star stay stone story street strong sun table take talk tell that then
there thin thing think this three time to today together town train tree turn two under until up use
very voice wait walk wall warm watch water way we well west wet what when where while white who wide
wind window winter with wood word work world write year yellow yes you young
"""
CHINESE = (
    "天地人你我他日月水火山石田土木禾上下左右大小多少高低长短春夏秋冬风雨雪花草树鱼鸟马牛羊车门书字纸笔"
    "学习工作早午晚走跑看听说读写开关来去出入东西南北红黄蓝白黑"
)
MARKS = [" ", " ", " ", " ", " ", " ", ", ", ". ", "; ", " – ", "\n", "! "]
K = 5
MERSENNE = 2147483647


def some_tokens(rng, count):
    """English words with a Chinese run here and there."""
    words, tokens = ENGLISH.split(), []
    while len(tokens) < count:
        if rng.random() < 0.1:
            tokens += [CHINESE[int(i)] for i in rng.integers(0, len(CHINESE), int(rng.integers(2, 9)))]
        else:
            tokens.append(words[int(rng.integers(len(words)))])
    return tokens[:count]


def written(rng, tokens):
    """A text of these tokens; how it is written tells nothing of its tokens."""
    parts = []
    for token in tokens:
        case = rng.random()
        parts.append(token.upper() if case < 0.03 else token.capitalize() if case < 0.15 else token)
        parts.append(MARKS[int(rng.integers(len(MARKS)))])
    return "".join(parts)


def edited(rng, tokens, edits):
    """The same tokens with some of them exchanged, left out or put in."""
    tokens = list(tokens)
    for _ in range(edits):
        at = int(rng.integers(len(tokens)))
        new = some_tokens(rng, 1)
        kind = rng.random()
        tokens[at : at + (kind < 0.8)] = new if kind < 0.6 or kind >= 0.8 else []
    return tokens


def some_docs(rng, originals, shortest=40, longest=140):
    """Texts, copies of them at many similarities, chains of copies, and some without tokens, in any order."""
    docs = []
    for _ in range(originals):
        tokens = some_tokens(rng, int(rng.integers(shortest, longest)))
        docs.append(written(rng, tokens))
        for _ in range(int(rng.integers(0, 4))):
            copy = edited(rng, tokens, int(rng.integers(0, 5)))
            docs.append(written(rng, copy))
            if rng.random() < 0.5:
                tokens = copy
    docs += [docs[int(rng.integers(len(docs)))], "", " .!? \n", docs[0][: len(docs[0]) // 2]]
    docs += ["so it is", "So: it is!", "so it was"]
    return [docs[int(i)] for i in rng.permutation(len(docs))]


def cut(text):
    """The tokens, one character after another."""
    tokens, word = [], ""
    for c in text.lower():
        chinese = 0x3400 <= ord(c) <= 0x9FFF
        if chinese or not c.isalnum():
            tokens += [word] if word else []
            word = ""
            tokens += [c] if chinese else []
        else:
            word += c
    return tokens + ([word] if word else [])


def runs_of(tokens, n):
    runs = set()
    for end in range(n, len(tokens) + 1):
        runs.add(tuple(tokens[end - n : end]))
    return runs or ({tuple(tokens)} if tokens else set())


def whole(text):
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def slow_shingles(tokens, k=5):
    return runs_of(tokens, k)


def slow_minhash(tokens, k=5, perms=128, seed=0):
    """One hash function after another, in Python's own whole numbers."""
    numbers = [whole("\n".join(run)) % MERSENNE for run in runs_of(tokens, k)]
    smallest = []
    for i in range(perms):
        a, b = 1 + whole(f"a {seed} {i}") % (MERSENNE - 1), whole(f"b {seed} {i}") % MERSENNE
        smallest.append(min([(a * x + b) % MERSENNE for x in numbers], default=MERSENNE))
    return np.array(smallest, dtype=np.int64)


def all_pairs(docs, thr):
    """Every text with every other one."""
    sets = [runs_of(cut(doc), K) for doc in docs]
    found = []
    for i in range(len(docs)):
        for j in range(i + 1, len(docs)):
            either = len(sets[i] | sets[j])
            if either and len(sets[i] & sets[j]) / either >= thr:
                found.append((i, j))
    return found


def slow_kept(docs, thr):
    """Groups by walking from text to text."""
    near = {i: [] for i in range(len(docs))}
    for i, j in all_pairs(docs, thr):
        near[i].append(j)
        near[j].append(i)
    kept, seen = [], set()
    for start in range(len(docs)):
        if start in seen:
            continue
        group, todo = [], [start]
        while todo:
            i = todo.pop()
            if i not in seen:
                seen.add(i)
                group.append(i)
                todo += near[i]
        longest = max(len(docs[i]) for i in group)
        greatest = max(docs[i] for i in group if len(docs[i]) == longest)
        kept.append(min(i for i in group if docs[i] == greatest))
    return sorted(kept)


def slow_contaminated(train, test, n=13):
    """Every training text is compared with every test text, as text between spaces."""
    found = []
    for i, text in enumerate(train):
        line = f" {' '.join(cut(text))} "
        for other in test:
            tokens = cut(other)
            if any(f" {' '.join(run)} " in line for run in runs_of(tokens, n)):
                found.append(i)
                break
    return found


def slow_synthetic(templates, slots, test, thr):
    choices = [{}]
    for name, values in slots.items():
        choices = [{**choice, name: value} for choice in choices for value in values]
    texts = [
        re.sub(r"\{(.*?)\}", lambda at, choice=choice: choice[at[1]], template)
        for template in templates
        for choice in choices
    ]
    texts = [texts[i] for i in slow_kept(texts, thr)]
    refused = slow_contaminated(texts, test)
    texts = [text for i, text in enumerate(texts) if i not in refused]
    seen, every = set(), 0
    for text in texts:
        tokens = cut(text)
        for run in zip(tokens, tokens[1:], tokens[2:], strict=False):
            seen.add(run)
            every += 1
    return texts, len(seen) / every if every else 0.0


@calls({1: "shingles"}, truth=slow_shingles, visible=True, seeds=2, tolerance=EXACT)
def RunsOfThree(rng):
    "the runs of three in a short list, one of which stands there twice"
    tokens = some_tokens(rng, 4)
    return [{"tokens": tokens + tokens[:3], "k": 3}, {"tokens": tokens[:2], "k": 3}]


@calls({1: "minhash"}, truth=slow_minhash, visible=True, seeds=2, tolerance=EXACT)
def OneSignature(rng):
    "four hash functions for a list of six tokens"
    return {"tokens": some_tokens(rng, 6), "k": 3, "perms": 4, "seed": int(rng.integers(100))}


@calls({1: "shingles"}, truth=slow_shingles, points=1, tolerance=EXACT)
def ManyRuns(rng):
    "runs of many lengths, lists that are as long as a run or shorter, and lists that repeat themselves"
    cases = [
        {"tokens": some_tokens(rng, n), "k": k}
        for n, k in [(30, 5), (12, 1), (5, 5), (6, 5), (4, 5), (1, 2), (0, 3)]
    ]
    two = some_tokens(rng, 2)
    return [
        *cases,
        {"tokens": two * int(rng.integers(3, 9)), "k": 3},
        {"tokens": some_tokens(rng, 9)},
        {"tokens": two},
    ]


@calls({1: "minhash"}, truth=slow_minhash, points=2, tolerance=EXACT)
def ManySignatures(rng):
    "signatures of long and short lists, with other numbers of hash functions and other seeds"
    cases = [
        {"tokens": some_tokens(rng, n), "k": k, "perms": perms, "seed": int(rng.integers(1000))}
        for n, k, perms in [(60, 5, 128), (300, 5, 128), (40, 1, 16), (40, 13, 7), (9, 2, 1)]
    ]
    return [*cases, {"tokens": some_tokens(rng, 50)}]


@calls({1: "minhash"}, truth=slow_minhash, tolerance=EXACT, seeds=2, kind="edge")
def ShortLists(rng):
    "lists shorter than a run, one token again and again, the same runs in another order, and no token"
    tokens, seed = some_tokens(rng, 20), int(rng.integers(1000))
    cases = [[], tokens[:1], tokens[:4], tokens[:5], tokens[:1] * 30, tokens * 3, tokens[10:] + tokens]
    return [{"tokens": case, "k": 5, "perms": 20, "seed": seed} for case in cases]


@calls({2: "near_dups"}, truth=all_pairs, visible=True, seeds=2, tolerance=EXACT)
def SixTexts(rng):
    "six texts: a copy that is written otherwise, one with one word exchanged, one with eight, and two others"
    tokens = some_tokens(rng, 60)
    docs = [
        tokens,
        some_tokens(rng, 60),
        tokens,
        edited(rng, tokens, 1),
        edited(rng, tokens, 8),
        some_tokens(rng, 9),
    ]
    return {"docs": [written(rng, doc) for doc in docs], "thr": 0.8}


@calls({2: "near_dups"}, truth=all_pairs, points=2, tolerance=EXACT)
def ManyCopies(rng):
    "a hundred texts with copies of every similarity, and texts without a token"
    return [{"docs": some_docs(rng, 45), "thr": thr} for thr in (0.8, 0.85, 0.95)]


@calls({2: "near_dups"}, truth=all_pairs, tolerance=EXACT, kind="edge", veto=True)
def AtTheThreshold(rng):
    "pairs exactly at the threshold and one run below it, the same words in another order, and no texts"
    tokens = some_tokens(rng, 200)
    longer = [tokens[:44], tokens[:54], tokens[:55], tokens[:4], tokens[1:5], tokens[:5], tokens[:4]]
    order = [tokens[60:100], tokens[80:100] + tokens[60:80], list(reversed(tokens[60:100]))]
    full = [tokens[100:181], tokens[100:197], tokens[100:181]]
    twice = [tokens[120:126], tokens[120:126] * 6, tokens[120:126] * 2]
    return [
        {"docs": [written(rng, doc) for doc in longer + order], "thr": 0.8},
        {"docs": [written(rng, doc) for doc in full + twice], "thr": 0.9},
        {"docs": [written(rng, doc) for doc in longer + full + twice], "thr": 1.0},
        {"docs": [], "thr": 0.8},
        {"docs": [written(rng, tokens[:30])], "thr": 0.8},
        {"docs": ["", "?", "...", ""], "thr": 0.8},
    ]


@calls({2: "near_dups"}, truth=all_pairs, seeds=2, tolerance=EXACT)
def JustAbove(rng):
    "forty pairs a little above the threshold: none is overlooked"
    docs = []
    for _ in range(40):
        tokens = some_tokens(rng, int(rng.integers(104, 116)))
        other = list(tokens)
        for at in (30, 70):
            other[at] = "changed"
        docs += [written(rng, tokens), written(rng, other)]
    return {"docs": [docs[int(i)] for i in rng.permutation(len(docs))], "thr": 0.8}


@travels
def many_texts(seed):
    """2,500 texts of 24 numbers each; a hundred of them stand there twice, with one number more."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 500, (2400, 24)).tolist()
    rows += [[*rows[int(i)], 1] for i in rng.integers(0, 2400, 100)]
    return [" ".join(map(str, rows[int(i)])) for i in rng.permutation(2500)]


def by_a_list_of_places(docs, thr):
    """The texts of each run, and how many runs every two of them share."""
    sets = [runs_of(doc.split(), K) for doc in docs]
    places, shared = {}, {}
    for j, runs in enumerate(sets):
        for run in runs:
            for i in places.setdefault(run, []):
                shared[i, j] = shared.get((i, j), 0) + 1
            places[run].append(j)
    alike = [pair for pair, n in shared.items() if n / (len(sets[pair[0]]) + len(sets[pair[1]]) - n) >= thr]
    return sorted(alike)


@probe(task=2, points=2, seeds=1, tolerance=EXACT, times_faster=6, seconds=12)
class FasterThanAllPairs:
    "2,500 texts, at least 6 times faster than comparing all pairs"

    def make(rng):
        return {"seed": int(rng.integers(2**31))}

    def ask(answer, inputs):
        return answer.near_dups(many_texts(inputs["seed"]), 0.8)

    def truth(inputs):
        return by_a_list_of_places(many_texts(inputs["seed"]), 0.8)

    def baseline(inputs):
        return all_pairs(many_texts(inputs["seed"]), 0.8)


@calls({3: "deduplicate"}, truth=slow_kept, visible=True, seeds=2, tolerance=EXACT)
def OneGroup(rng):
    "a text, a longer copy, a copy of the copy, and another text"
    tokens = some_tokens(rng, 60)
    docs = [tokens, some_tokens(rng, 30), [*tokens, *some_tokens(rng, 9)], [*some_tokens(rng, 9), *tokens]]
    return {"docs": [" ".join(doc) for doc in docs], "thr": 0.8}


@calls({3: "deduplicate"}, truth=slow_kept, points=2, tolerance=EXACT)
def ManyGroups(rng):
    "eighty texts with groups of copies, also in the opposite order"
    docs = some_docs(rng, 35)
    return [{"docs": docs, "thr": 0.8}, {"docs": docs[::-1], "thr": 0.8}, {"docs": docs, "thr": 0.9}]


@calls({3: "deduplicate"}, truth=slow_kept, tolerance=EXACT, kind="edge")
def ChainsAndTies(rng):
    "chains whose ends are not alike, copies of equal length, equal texts, texts without tokens, no texts"
    tokens = some_tokens(rng, 400)
    chain = [" ".join(tokens[at : at + 80]) for at in range(0, 9 * 8, 8)]
    middle = [" ".join(tokens[at : at + 80]) for at in (208, 200, 216)]
    same = " ".join(tokens[300:340])
    ties = [same, same.upper(), same.title(), same, same + " ", same + "!", same + "?", same + "!"]
    docs = [*chain, *middle, *ties, "", "", "...", "one two", "One two", "one, two"]
    order = [int(i) for i in rng.permutation(len(docs))]
    return [
        {"docs": docs, "thr": 0.8},
        {"docs": docs[::-1], "thr": 0.8},
        {"docs": [docs[i] for i in order], "thr": 0.8},
        {"docs": [docs[i] for i in order], "thr": 1.0},
        {"docs": [], "thr": 0.9},
    ]


def some_leaks(rng, n):
    """Test texts, and training texts that hold runs of n, n - 1 and fewer tokens of them."""
    test = [some_tokens(rng, int(rng.integers(n, 3 * n))) for _ in range(8)]
    train = []
    for _ in range(40):
        tokens, source = some_tokens(rng, int(rng.integers(n, 60))), test[int(rng.integers(len(test)))]
        size = n + int(rng.integers(-2, 2))
        at = int(rng.integers(0, max(1, len(source) - size + 1)))
        leak = list(source[at : at + size])
        if rng.random() < 0.25:
            leak[int(rng.integers(len(leak)))] = "other"
        put = int(rng.integers(len(tokens) + 1))
        train.append(tokens[:put] + (leak if rng.random() < 0.8 else []) + tokens[put:])
    return [written(rng, t) for t in train], [written(rng, t) for t in test]


@calls({4: "contaminated"}, truth=slow_contaminated, visible=True, seeds=2, tolerance=EXACT)
def FourTrainingTexts(rng):
    "a text with a run of five of the test, one with a run of four, one with a short test, and another one"
    test = some_tokens(rng, 12)
    train = [
        some_tokens(rng, 4) + test[2:7],
        test[:4] + some_tokens(rng, 6),
        ["i", "say", "yes", "or", "no"],
        test[6:1:-1],
    ]
    return {"train": [written(rng, t) for t in train], "test": [" ".join(test), "Yes or no?"], "n": 5}


@calls({4: "contaminated"}, truth=slow_contaminated, points=2, tolerance=EXACT)
def ManyLeaks(rng):
    "training texts that hold runs of 13 tokens and of 12, and the same with other lengths"
    cases = []
    for n in (13, 13, 5, 8):
        train, test = some_leaks(rng, n)
        cases.append({"train": train, "test": test, "n": n})
    train, test = some_leaks(rng, 13)
    return [*cases, {"train": train, "test": test}]


@calls({4: "contaminated"}, truth=slow_contaminated, tolerance=EXACT, kind="edge")
def ShortTests(rng):
    "tests shorter than a run, in pieces, in parts of words, without tokens; Chinese; and nothing at all"
    t = some_tokens(rng, 40)
    chinese = "".join(CHINESE[int(i)] for i in rng.permutation(len(CHINESE))[:30])
    cut_up = f"{' '.join(t[:6])} {' '.join(t[7:13])}"
    train = [
        " ".join(t[:13]),
        " ".join(t[1:13]),
        cut_up,
        f"xx{' '.join(t[20:23])}",
        f"{' '.join(t[20:23])}xx",
        f"({', '.join(t[20:23])})",
        " ".join(t[20:22]),
        f"{t[20]} {t[22]} {t[21]} {t[22]}",
        chinese[3:16],
        f"，{chinese[3:9]}。{chinese[9:16]}！",
        chinese[3:15],
        "",
        "?!",
        " ".join(t[30:35]),
    ]
    test = [" ".join(t[:14]), " ".join(t[20:23]).upper(), "", "...", chinese, " ".join(t[30:40])]
    order = [int(i) for i in rng.permutation(len(train))]
    mixed = [train[i] for i in order]
    return [
        {"train": mixed, "test": test, "n": 13},
        {"train": mixed, "test": test, "n": 12},
        {"train": mixed, "test": test, "n": 1},
        {"train": mixed, "test": [" ".join(t[7:10]), ""], "n": 13},
        {"train": mixed, "test": [], "n": 13},
        {"train": mixed, "test": ["", "。"], "n": 2},
        {"train": [], "test": test, "n": 13},
        {"train": [" ".join(t[6:8])], "test": [" ".join(t[:7]), " ".join(t[7:14])], "n": 2},
    ]


def some_templates(rng, count, holes, shortest=30):
    """Templates of many words with some of the slots in them."""
    templates = []
    for _ in range(count):
        tokens = some_tokens(rng, int(rng.integers(shortest, 60)))
        for hole in holes:
            if rng.random() < 0.7:
                tokens.insert(int(rng.integers(len(tokens) + 1)), hole)
        templates.append(" ".join(tokens) + ".")
    return templates


@calls({5: "synthetic"}, truth=slow_synthetic, visible=True, seeds=2, tolerance=EXACT)
def TwoTemplates(rng):
    "two templates and two slots; one of the texts stands in the test"
    who, what = ["Ana", "Li", "Zoë"], some_tokens(rng, 2)
    return {
        "templates": ["{who} sees the {what}.", "Where is the {what}, asks {who} again and again?"],
        "slots": {"who": who, "what": what},
        "test": [f"{who[int(rng.integers(3))]} sees the {what[0]}"],
        "thr": 0.8,
    }


@calls({5: "synthetic"}, truth=slow_synthetic, points=2, tolerance=EXACT)
def ManyTemplates(rng):
    "long templates, whose texts are near copies of each other, and short ones, whose texts are not"
    cases = []
    for thr, shortest in ((0.8, 30), (0.9, 8), (0.8, 4)):
        slots = {
            name: [
                " ".join(some_tokens(rng, int(rng.integers(1, 4)))) for _ in range(int(rng.integers(1, 4)))
            ]
            for name in ("who", "what", "when")
        }
        templates = some_templates(rng, 5, ["{who}", "{what}", "{when}", "{who}"], shortest)
        words = templates[int(rng.integers(4))].split()
        for name, values in slots.items():
            words = [values[-1] if word == "{" + name + "}" else word for word in words]
        test = [" ".join(words[:13]), " ".join(some_tokens(rng, 20))]
        cases.append({"templates": templates, "slots": slots, "test": test, "thr": thr})
    return cases


@calls({5: "synthetic"}, truth=slow_synthetic, tolerance=EXACT, seeds=2, kind="edge")
def NothingLeft(rng):
    "no template, no slot, a slot without values, texts too short for a run of three, all in the test"
    two, ten = some_tokens(rng, 2), some_tokens(rng, 10)
    line, last = " ".join(ten), f"{' '.join(two)} {{x}}"
    return [
        {"templates": [], "slots": {"x": two}, "test": [], "thr": 0.8},
        {"templates": [line, line, last.replace("{x}", "y")], "slots": {}, "test": [], "thr": 0.8},
        {"templates": [line], "slots": {"x": two, "y": []}, "test": [], "thr": 0.8},
        {"templates": ["{x}", "{x} {y}"], "slots": {"x": two, "y": ten[:2]}, "test": [], "thr": 1.0},
        {"templates": [last, line], "slots": {"x": ["", ten[0]]}, "test": [line], "thr": 0.8},
        {"templates": [line], "slots": {"x": two}, "test": [line], "thr": 0.8},
        {
            "templates": [f"{line} {line} {{x}}"],
            "slots": {"x": ["b", "a", "b c"]},
            "test": [f"{line} {line[:1]}"],
            "thr": 0.8,
        },
        {
            "templates": ["{a}{b} {a} stop " + line],
            "slots": {"a": two, "b": ["1", "2"]},
            "test": [f"{two[0]}2 {two[0]} stop"],
            "thr": 0.8,
        },
        {
            "templates": [" ".join(some_tokens(rng, 40)) + " {x}"],
            "slots": {"x": [two[0], f"{two[0]} qq"]},
            "test": [f"{two[0]} qq"],
            "thr": 0.8,
        },
    ]
