"""What the trainer is asked: runs, borders inside equal bytes, texts with ties, other scripts, specials."""

import re

from grader.language import EXACT, calls

CHINESE = "深度学习从零开始写一个语言模型学习学习模型语言从头"
SPECIALS = ["<|end|>", "<|end|>.", "[x]", "<| pad |>", "«é»", "a.c"]


def some_tokens(rng, alphabet, most):
    """A word of 1 to `most` tokens, with a run here and there."""
    tokens = []
    while len(tokens) < int(rng.integers(1, most + 1)):
        token = alphabet[int(rng.integers(len(alphabet)))]
        tokens += [token] * (int(rng.integers(2, 6)) if rng.random() < 0.2 else 1)
    return tuple(tokens)


def some_words(rng, alphabet, count, most=8):
    return {some_tokens(rng, alphabet, most): int(rng.integers(1, 30)) for _ in range(count)}


def some_text(rng, words=120, letters="abcdeé"):
    """Words of few letters, some far more frequent than others, with spaces of all kinds between them."""
    stems = [
        "".join(letters[int(i)] for i in rng.integers(0, len(letters), int(rng.integers(1, 7))))
        for _ in range(25)
    ]
    parts = []
    for _ in range(words):
        parts.append(stems[int(len(stems) * rng.random() ** 2)])
        parts.append([" ", " ", " ", " ", "\n", "  ", ", ", "\t"][int(rng.integers(8))])
    return "".join(parts)


def plain_count(words):
    counts = {}
    for word, times in words.items():
        for left in range(len(word) - 1):
            pair = (word[left], word[left + 1])
            counts[pair] = counts.get(pair, 0) + times
    return counts


def plain_join(word, pair):
    if len(word) < 2:
        return tuple(word)
    if word[0] == pair[0] and word[1] == pair[1]:
        return (word[0] + word[1], *plain_join(word[2:], pair))
    return (word[0], *plain_join(word[1:], pair))


def plain_train(text, vocab_size, specials):
    """The slow way: every word of the text for itself, counted anew for each merge."""
    marks = sorted((special.encode() for special in specials), key=lambda mark: (-len(mark), mark))
    pieces = re.split(b"|".join(re.escape(mark) for mark in marks), text) if marks else [text]
    words = [
        tuple(bytes([byte]) for byte in word)
        for piece in pieces
        for word in re.findall(rb" ?[^\s]+|\s", piece)
    ]
    merges = []
    while len(merges) < vocab_size - 256 - len(specials):
        counts = {}
        for word in words:
            for pair in zip(word, word[1:], strict=False):
                counts[pair] = counts.get(pair, 0) + 1
        if not counts:
            break
        most = max(counts.values())
        best = max(pair for pair in counts if counts[pair] == most)
        merges.append(best)
        words = [plain_join(word, best) for word in words]
    tokens = [bytes([byte]) for byte in range(256)] + [a + b for a, b in merges]
    return dict(enumerate(tokens + [special.encode() for special in specials])), merges


def overlapping(rng):
    """`abcd` with the specials `ab` and `bcd`: the one further left is meant, not the longer."""
    a, b, c, d = (chr(int(n)) for n in 97 + rng.permutation(26)[:4])
    return {"text": (a + b + c + d + d).encode(), "vocab_size": 262, "specials": [a + b, b + c + d]}


@calls({1: "count_pairs"}, truth=plain_count, visible=True, seeds=2, tolerance=EXACT)
def AFewWords(rng):
    "The pairs of four words"
    a, b, c, d = (int(n) for n in rng.integers(1, 20, 4))
    return {
        "words": {
            (b"a", b"a", b"a"): a,
            (b"b", b"a", b"n", b"a", b"n", b"a"): b,
            (b"an", b"a"): c,
            (b"n",): d,
        },
    }


@calls({1: "count_pairs"}, truth=plain_count, points=2, tolerance=EXACT)
def ManyWords(rng):
    "The pairs of many words, with runs and with words of one token"
    return [{"words": some_words(rng, [b"a", b"b", b"ab", b"\xc3", b"\xa9"], n)} for n in (1, 6, 60)]


@calls({1: "count_pairs"}, truth=plain_count, tolerance=EXACT, seeds=2, kind="edge")
def NoPair(rng):
    "No words, words of one token, and one long run"
    run = (b"xy",) * int(rng.integers(20, 60))
    return [
        {"words": {}},
        {"words": {(b"a",): 5, (b"b",): 1}},
        {"words": {run: int(rng.integers(2, 9)), (b"q",): 3}},
    ]


@calls({2: "merge_pair"}, truth=plain_join, visible=True, seeds=2, tolerance=EXACT)
def OneWord(rng):
    "The pair (a, b) joined in three words"
    run = (b"a",) * int(rng.integers(2, 4))
    pair = (b"a", b"b")
    words = [(*run, b"b", b"a", b"b"), (b"b", *run), (b"a", b"b")]
    return [{"word": word, "pair": pair} for word in words]


@calls({2: "merge_pair"}, truth=plain_join, points=2, tolerance=EXACT)
def ManyJoins(rng):
    "Runs, pairs at both ends, and words that do not hold the pair"
    alphabet = [b"a", b"b", b"aa", b"ab"]
    cases = []
    for _ in range(60):
        word = some_tokens(rng, alphabet, 10)
        pair = some_tokens(rng, alphabet, 1)[:1] * 2 if rng.random() < 0.4 else some_tokens(rng, alphabet, 6)
        at = int(rng.integers(0, max(1, len(word) - 1)))
        pair = word[at : at + 2] if len(word) > at + 1 and rng.random() < 0.6 else pair[:2]
        cases.append({"word": word, "pair": pair if len(pair) == 2 else (b"a", b"a")})
    return cases


@calls({2: "merge_pair"}, truth=plain_join, tolerance=EXACT, seeds=2, kind="edge")
def BordersOfTokens(rng):
    "Tokens whose bytes agree and whose borders do not, words of one token, and runs of odd length"
    n = 2 * int(rng.integers(2, 9)) + 1
    a, b, c = (bytes([byte]) for byte in rng.choice(256, 3, replace=False))
    return [
        {"word": (a + b, c, a, b + c, a, b, c), "pair": (a, b + c)},
        {"word": (a, b + c, a + b, c, c), "pair": (a + b, c)},
        {"word": (a,) * n, "pair": (a, a)},
        {"word": (b, *(a,) * n, b), "pair": (a, a)},
        {"word": (a,), "pair": (a, a)},
        {"word": (a + a, a), "pair": (a, a + a)},
    ]


@calls({3: "train_bpe"}, truth=plain_train, visible=True, seeds=2, tolerance=EXACT)
def TwoSmallTexts(rng):
    "The text aaabdaaabac, and one sentence with a special"
    text = b" ".join([b"low lower lowest newer wider new"] * int(rng.integers(1, 4)))
    return [
        {"text": b"aaabdaaabac", "vocab_size": 259, "specials": []},
        {"text": text + b"<|end|>" + b" newest low", "vocab_size": 270, "specials": ["<|end|>"]},
    ]


@calls({3: "train_bpe"}, truth=plain_train, points=3, seeds=3, tolerance=EXACT)
def ManyTexts(rng):
    "Texts with many ties and with frequent and rare words"
    sizes = [(40, "ab"), (60, "abc"), (120, "abcdeé"), (200, "etaoinshr")]
    return [
        {
            "text": some_text(rng, n, letters).encode(),
            "vocab_size": 256 + int(rng.integers(12, 40)),
            "specials": [],
        }
        for n, letters in sizes
    ]


@calls({3: "train_bpe"}, truth=plain_train, points=2, seeds=3, tolerance=EXACT)
def WithSpecials(rng):
    "Specials in the text, some of which overlap, begin with another one or mean something to `re`"
    cases = []
    for _ in range(3):
        specials = [SPECIALS[int(i)] for i in rng.permutation(len(SPECIALS))[: int(rng.integers(3, 6))]]
        if "<|end|>" not in specials:
            specials = ["<|end|>", *specials]
        if "<|end|>." in specials:  # the shorter one first: only the length may decide
            specials = ["<|end|>", *(s for s in specials if s != "<|end|>")]
        parts = []
        for _ in range(14):
            parts += [some_text(rng, 5, "abcn.x"), specials[int(rng.integers(len(specials)))]]
            parts += ["abc", "<|end|>." * int(rng.integers(0, 3)), "end", "[X]<| PAD |>"]
        cases.append(
            {"text": "".join(parts).encode(), "vocab_size": 256 + len(specials) + 25, "specials": specials}
        )
    return [*cases, overlapping(rng)]


@calls({3: "train_bpe"}, truth=plain_train, seeds=3, tolerance=EXACT, kind="edge")
def OtherScripts(rng):
    "Chinese, emoji, long runs, and bytes that are no text at all"
    chinese = "".join(CHINESE[int(i)] for i in rng.integers(0, len(CHINESE), 150))
    faces = "".join("🙂🙃é ñ"[int(i)] for i in rng.integers(0, 5, 60))
    runs = " ".join("a" * int(n) for n in rng.integers(1, 30, 12))
    noise = bytes(int(b) for b in rng.integers(0, 256, 300))
    return [
        {"text": text, "vocab_size": 286 + int(rng.integers(0, 9)), "specials": []}
        for text in (chinese.encode(), (faces + runs).encode(), noise)
    ]


@calls({3: "train_bpe"}, truth=plain_train, seeds=2, tolerance=EXACT, kind="edge")
def NothingLeftToJoin(rng):
    "An empty text, a text that is used up before the vocabulary is full, and no room for a merge"
    word = "".join("abcdefgh"[int(i)] for i in rng.permutation(8))
    return [
        {"text": b"", "vocab_size": 300, "specials": ["<pad>"]},
        {"text": (word + " " + word[:3]).encode(), "vocab_size": 300, "specials": ["<pad>"]},
        {"text": word.encode(), "vocab_size": 258, "specials": ["<pad>", "<end>"]},
    ]


@calls({3: "train_bpe"}, attempt=True, veto=True, seeds=2, tolerance=EXACT)
def NoRoom(rng):
    "A vocabulary that is too small is refused"
    specials = [f"<{int(n)}>" for n in rng.integers(0, 10**9, int(rng.integers(1, 9)))]
    text = some_text(rng, 10).encode()
    return [
        {"text": text, "vocab_size": 255 + len(specials), "specials": specials},
        {"text": text, "vocab_size": int(rng.integers(0, 256)), "specials": []},
    ]
