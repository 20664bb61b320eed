"""What the fast trainer is asked: the vocabulary of the slow one, its speed, and words that arrive in pieces.

All texts are made here: words of random letters and syllables, some far more frequent than others.
"""

import re
from collections import Counter

import numpy as np

from grader.language import EXACT, calls, probe, travels

CHINESE = "深度学习从零开始写一个语言模型学习学习模型语言从头"
SPECIALS = ["<|end|>", "<|end|>.", "[x]", "<| pad |>", "«é»", "a.c"]


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


def large_text(rng, different=2000, words=12_000):
    """2000 different words of syllables, frequent ones and rare ones, about 130,000 bytes."""
    syllables = [a + b + c for a in "bcdfghjklmnpqrstvwxyz" for b in "aeiouäöü" for c in ("", *"nrstlmk")]
    lengths = rng.integers(2, 5, different)
    stems = ["".join(syllables[int(i)] for i in rng.integers(0, len(syllables), n)) for n in lengths]
    places = (different * rng.random(words) ** 2).astype(int)
    return " ".join(stems[int(i)] for i in places).encode()


def words_of(text):
    return re.findall(rb" ?[^\s]+|\s", text)


def plain_join(word, pair):
    out, i = [], 0
    while i < len(word):
        both = tuple(word[i : i + 2]) == pair
        out.append(pair[0] + pair[1] if both else word[i])
        i += 1 + both
    return tuple(out)


def plain_train(text, vocab_size, specials):
    """Each different word once, all pairs counted anew for each merge: the slow way."""
    marks = sorted((special.encode() for special in specials), key=lambda mark: (-len(mark), mark))
    pieces = re.split(b"|".join(re.escape(mark) for mark in marks), text) if marks else [text]
    times = Counter(word for piece in pieces for word in words_of(piece))
    words = [(tuple(bytes([byte]) for byte in word), count) for word, count in times.items()]
    merges = []
    while len(merges) < vocab_size - 256 - len(specials):
        counts = {}
        for word, count in words:
            for pair in zip(word, word[1:], strict=False):
                counts[pair] = counts.get(pair, 0) + count
        if not counts:
            break
        best = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(best)
        words = [(plain_join(word, best), count) for word, count in words]
    tokens = [bytes([byte]) for byte in range(256)] + [a + b for a, b in merges]
    return dict(enumerate(tokens + [special.encode() for special in specials])), merges


def overlapping(rng):
    """`abcd` with the specials `ab` and `bcd`: the one further left is meant, not the longer."""
    a, b, c, d = (chr(int(n)) for n in 97 + rng.permutation(26)[:4])
    return {"text": (a + b + c + d + d).encode(), "vocab_size": 262, "specials": [a + b, b + c + d]}


def in_pieces(rng, text, most):
    """The text in chunks that end anywhere, some of them empty."""
    chunks = []
    while text:
        n = int(rng.integers(0, most + 1))
        chunks.append(text[:n])
        text = text[n:]
    return chunks


def counted_words(chunks):
    return dict(Counter(words_of(b"".join(chunks))))


@travels
def walked(answer, case):
    """The chunks as an iterator, which can be walked through once."""
    return answer.count_words(iter(case["chunks"]))


def of_chunks(case):
    return counted_words(case["chunks"])


@travels
def stream(seed, blocks):
    """A text of about 16 MB, made while it is read, in odd chunks: one long line, then no space."""
    rng = np.random.default_rng(seed)
    rest = b""
    for number in range(180):
        more = b"".join(blocks[i] for i in rng.integers(0, len(blocks), 125))
        rest += more.replace(b"\n", b" ") if number < 90 else more.replace(b" ", b"\n")
        n = len(rest) - int(rng.integers(0, 200))
        yield rest[:n]
        rest = rest[n:]
    yield rest


@calls({1: walked}, truth=of_chunks, visible=True, seeds=2, tolerance=EXACT)
def AFewChunks(rng):
    "One sentence in chunks that end inside a word and before one"
    letter = chr(97 + int(rng.integers(26))).encode()
    return [
        {"chunks": [b"the ca", b"t", b"", b" sat \n", b"the cat"]},
        {"chunks": [letter, b" ", letter, b"  ", letter + b"\n", b"\n"]},
    ]


@calls({1: walked}, truth=of_chunks, points=2, seeds=3, tolerance=EXACT)
def ManyChunks(rng):
    "Texts in chunks of a byte, of a few, and of many"
    cases = []
    for letters, most in (("ab", 1), ("abcdeé", 3), (CHINESE, 5), ("abc🙂", 40), ("etaoinshr", 400)):
        cases.append({"chunks": in_pieces(rng, some_text(rng, 80, letters).encode(), most)})
    noise = bytes(int(b) for b in rng.integers(0, 256, 300))
    return [*cases, {"chunks": in_pieces(rng, noise, 4)}, {"chunks": in_pieces(rng, b" \n  \t a " * 9, 3)}]


@calls({1: walked}, truth=of_chunks, seeds=2, tolerance=EXACT, kind="edge")
def HardlyAnyChunks(rng):
    "No chunk, empty chunks, one chunk, and white space at both ends"
    word = some_text(rng, 1, "abcd").strip().encode()
    return [
        {"chunks": []},
        {"chunks": [b"", b""]},
        {"chunks": [word]},
        {"chunks": [b" "]},
        {"chunks": [b" ", b" ", word]},
        {"chunks": [b"", word, b"", word, b" ", b""]},
        {"chunks": [word + b" ", b"\n"]},
    ]


@probe(task=1, points=2, seeds=1, tolerance=EXACT, memory_mb=12, seconds=30)
class SixteenMegabytes:
    "A stream of about 16 MB, counted in 12 MB of memory"

    def make(rng):
        blocks = [(some_text(rng, 150, "etaoinshrdlu") + " ").encode() for _ in range(60)]
        return {"seed": int(rng.integers(2**31)), "blocks": blocks}

    def ask(answer, inputs):
        return answer.count_words(stream(inputs["seed"], inputs["blocks"]))

    def truth(inputs):
        counts = Counter()
        rest = b""
        for chunk in stream(inputs["seed"], inputs["blocks"]):
            rest += chunk
            cut = rest.rfind(b"\n") + 1 or max(0, rest.rfind(b" "))  # no word goes on behind a line break
            counts.update(words_of(rest[:cut]))
            rest = rest[cut:]
        counts.update(words_of(rest))
        return dict(counts)


@calls({2: "train_bpe"}, truth=plain_train, visible=True, seeds=2, tolerance=EXACT)
def TwoSmallTexts(rng):
    "The text aaabdaaabac, and one sentence with a special"
    text = b" ".join([b"low lower lowest newer wider new"] * int(rng.integers(1, 4)))
    return [
        {"text": b"aaabdaaabac", "vocab_size": 259, "specials": []},
        {"text": text + b"<|end|>" + b" newest low", "vocab_size": 270, "specials": ["<|end|>"]},
    ]


@calls({2: "train_bpe"}, truth=plain_train, points=2, seeds=3, tolerance=EXACT)
def ManyTexts(rng):
    "Texts with many ties and with frequent and rare words, until nothing is left to join"
    sizes = [(40, "ab", 90), (60, "abc", 60), (120, "abcdeé", 200), (300, "etaoinshr", 120)]
    return [
        {"text": some_text(rng, n, letters).encode(), "vocab_size": 256 + room, "specials": []}
        for n, letters, room in sizes
    ]


@calls({2: "train_bpe"}, truth=plain_train, points=2, seeds=2, tolerance=EXACT, kind="edge")
def RunsAndScripts(rng):
    "Long runs, Chinese, emoji, and bytes that are no text at all"
    chinese = "".join(CHINESE[int(i)] for i in rng.integers(0, len(CHINESE), 150))
    faces = "".join("🙂🙃é ñ"[int(i)] for i in rng.integers(0, 5, 60))
    runs = " ".join("a" * int(n) + "b" * int(n % 3) for n in rng.integers(1, 40, 14))
    both = " ".join("ab" * int(n) + "a" for n in rng.integers(1, 20, 9))
    noise = bytes(int(b) for b in rng.integers(0, 256, 300))
    return [
        {"text": text, "vocab_size": 300 + int(rng.integers(0, 9)), "specials": []}
        for text in (chinese.encode(), (faces + runs).encode(), (runs + both).encode(), noise)
    ]


@calls({2: "train_bpe"}, truth=plain_train, seeds=2, tolerance=EXACT, kind="edge")
def WithSpecials(rng):
    "Specials that overlap or of which one begins with another, an empty text, and no room for a merge"
    specials = [SPECIALS[int(i)] for i in rng.permutation(range(2, 6))[: int(rng.integers(1, 4))]]
    specials = [*specials, "<|end|>", "<|end|>."]
    parts = []
    for _ in range(14):
        parts += [some_text(rng, 5, "abcn.x"), specials[int(rng.integers(len(specials)))]]
        parts += ["abc", "<|end|>." * int(rng.integers(0, 3)), "end", "[X]<| PAD |>"]
    text = "".join(parts).encode()
    return [
        {"text": text, "vocab_size": 256 + len(specials) + 40, "specials": specials},
        {"text": text, "vocab_size": 256 + len(specials), "specials": specials},
        {"text": text, "vocab_size": 257 + len(specials), "specials": specials},
        {"text": b"", "vocab_size": 300, "specials": ["<pad>"]},
        overlapping(rng),
    ]


@calls({2: "train_bpe"}, attempt=True, veto=True, seeds=2, tolerance=EXACT)
def NoRoom(rng):
    "A vocabulary that is too small is refused"
    specials = [f"<{int(n)}>" for n in rng.integers(0, 10**9, int(rng.integers(1, 9)))]
    text = some_text(rng, 10).encode()
    return [
        {"text": text, "vocab_size": 255 + len(specials), "specials": specials},
        {"text": text, "vocab_size": int(rng.integers(0, 256)), "specials": []},
    ]


@calls(
    {2: "train_bpe"},
    baseline=plain_train,
    points=3,
    seeds=1,
    tolerance=EXACT,
    times_faster=10,
    seconds=60,
)
def TenTimesFaster(rng):
    "400 merges of a text with 2000 different words, at least 10 times faster than counting anew"
    return {"text": large_text(rng), "vocab_size": 656, "specials": []}
