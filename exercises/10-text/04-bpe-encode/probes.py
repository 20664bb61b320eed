"""What the encoder is asked: words and texts under learned merges, ids that are no text, odd chunks."""

import codecs
import re

from grader.language import EXACT, calls

CHINESE = "深度学习从零开始写一个语言模型学习学习模型语言从头"
SPECIALS = ["<|end|>", "<|end|>.", "[x]", "<| pad |>", "«é»", "a.c"]


def some_text(rng, words=120, letters="abcdeé"):
    """Words of few letters, some far more frequent than others, with spaces of all kinds between them."""
    stems = [
        "".join(letters[int(i)] for i in rng.integers(0, len(letters), int(rng.integers(1, 9))))
        for _ in range(25)
    ]
    parts = []
    for _ in range(words):
        parts.append(stems[int(len(stems) * rng.random() ** 2)])
        parts.append([" ", " ", " ", " ", "\n", "  ", ", ", "\t"][int(rng.integers(8))])
    return "".join(parts)


def words_of(text):
    return re.findall(rb" ?[^\s]+|\s", text)


def learn(text, count):
    """Merges of a text, as the exercise before this one learns them."""
    words = [tuple(bytes([byte]) for byte in word) for word in words_of(text)]
    merges = []
    for _ in range(count):
        counts = {}
        for word in words:
            for pair in zip(word, word[1:], strict=False):
                counts[pair] = counts.get(pair, 0) + 1
        if not counts:
            break
        best = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(best)
        words = [joined(word, best) for word in words]
    return merges


def joined(word, pair):
    out = []
    i = 0
    while i < len(word):
        here = tuple(word[i : i + 2]) == tuple(pair)
        out.append(pair[0] + pair[1] if here else word[i])
        i += 2 if here else 1
    return tuple(out)


def vocabulary(merges, specials):
    tokens = [bytes([byte]) for byte in range(256)] + [a + b for a, b in merges]
    return dict(enumerate(tokens + [special.encode() for special in specials]))


def tokens_of(word, merges):
    """One walk through the merges in their order; the second way beside the reference's ranks."""
    tokens = tuple(bytes([byte]) for byte in word)
    for pair in merges:
        tokens = joined(tokens, pair)
    return list(tokens)


def text_of(ids, vocab):
    return b"".join(vocab[i] for i in ids).decode("utf-8", "replace")


def ids_of_text(text, vocab, merges, specials):
    number = {token: i for i, token in vocab.items()}
    ids = []
    piece = ""
    while text:
        fits = max((s for s in specials if text.startswith(s)), key=len, default="")
        if fits:
            ids += [number[t] for word in words_of(piece.encode()) for t in tokens_of(word, merges)]
            ids.append(number[fits.encode()])
            piece, text = "", text[len(fits) :]
        else:
            piece, text = piece + text[0], text[1:]
    return ids + [number[t] for word in words_of(piece.encode()) for t in tokens_of(word, merges)]


def texts_of(chunks, vocab):
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    texts = [decoder.decode(b"".join(vocab[i] for i in chunk)) for chunk in chunks]
    if texts:
        texts[-1] += decoder.decode(b"", True)
    return texts


def in_chunks(rng, ids, most):
    chunks = []
    while ids:
        n = int(rng.integers(0, most + 1))
        chunks.append(ids[:n])
        ids = ids[n:]
    return chunks


def learned(rng, text, specials=()):
    """vocab, merges and specials of a tokenizer that learned from a text."""
    merges = learn(text.encode(), int(rng.integers(25, 60)))
    return {"vocab": vocabulary(merges, list(specials)), "merges": merges, "specials": list(specials)}


@calls({1: "encode_word"}, truth=tokens_of, visible=True, seeds=2, tolerance=EXACT)
def ThreeWords(rng):
    "Three words under eight merges"
    merges = learn(b"low lower lowest newer wider new" * int(rng.integers(1, 3)), 8)
    word = [b"lower", b"lowest", b"newer"][int(rng.integers(3))]
    return [{"word": word, "merges": merges} for word in (word, b"slower", b"x")]


@calls({1: "encode_word"}, truth=tokens_of, points=2, seeds=3, tolerance=EXACT)
def ManyWords(rng):
    "Words in which several merges want the same bytes"
    cases = []
    for letters in ("abc", "abcd", "abcdeé"):
        merges = learn(some_text(rng, 150, letters).encode(), 40)
        for _ in range(12):
            word = "".join(letters[int(i)] for i in rng.integers(0, len(letters), int(rng.integers(1, 14))))
            cases.append({"word": word.encode(), "merges": merges})
    return cases


@calls({1: "encode_word"}, truth=tokens_of, seeds=2, tolerance=EXACT, kind="edge")
def WordsAtTheEdge(rng):
    "No bytes, one byte, no merges, long runs, bytes that were never seen, and tokens that are no pair"
    runs = learn(("a" * int(rng.integers(20, 40)) + " " + "a" * 5).encode(), 6)
    noise = bytes(int(b) for b in rng.integers(128, 256, 20))
    return [
        {"word": b"", "merges": runs},
        {"word": b"a", "merges": runs},
        {"word": noise, "merges": runs},
        {"word": b"aaaa" + noise[:3], "merges": []},
        {"word": b"abcabbc" * int(rng.integers(1, 4)), "merges": [(b"a", b"b"), (b"b", b"c"), (b"a", b"bc")]},
        *({"word": b"a" * int(n), "merges": runs} for n in rng.integers(3, 60, 6)),
    ]


@calls({2: "decode"}, truth=text_of, visible=True, seeds=2, tolerance=EXACT)
def AFewIds(rng):
    "Ids of a short text, one of them a byte that is no text"
    vocab = vocabulary([(b"l", b"o"), (b"lo", b"w"), (b"\xe2", b"\x82")], ["<|end|>"])
    bad = int(rng.integers(0xF8, 0x100))
    return [{"ids": ids, "vocab": vocab} for ids in ([257, 32, 258, 0xAC, 259], [257, bad, 256], [])]


@calls({2: "decode"}, truth=text_of, points=2, seeds=3, tolerance=EXACT)
def AnyIds(rng):
    "Any token after any other, as a model may write them"
    chinese = "".join(CHINESE[int(i)] for i in rng.integers(0, len(CHINESE), 90))
    know = learned(rng, chinese + some_text(rng, 60), ["<|end|>"])
    size = len(know["vocab"])
    ids = [[int(i) for i in rng.integers(0, size, n)] for n in (1, 12, 80)]
    ids += [[int(i) for i in rng.integers(256, size, n)] for n in (20, 60)]
    text = ids_of_text("\ufeff" + chinese[:30] + "<|end|>" + chinese[30:50], **know)
    return [{"ids": some, "vocab": know["vocab"]} for some in (*ids, text)]


@calls({3: "encode"}, truth=ids_of_text, visible=True, seeds=2, tolerance=EXACT)
def OneSentence(rng):
    "A sentence with a special and white space"
    text = "low lower lowest newer wider new"
    merges = learn(text.encode() * int(rng.integers(1, 3)), 9)
    know = {"vocab": vocabulary(merges, ["<|end|>"]), "merges": merges, "specials": ["<|end|>"]}
    return [{"text": text, **know} for text in ("slower  newest\n<|end|>new", "", "<|end|><|end|>")]


@calls({3: "encode"}, truth=ids_of_text, points=3, seeds=3, tolerance=EXACT)
def ManyTexts(rng):
    "Texts of several alphabets, other than those that the merges come from"
    cases = []
    for letters in ("abc", "abcdeé", CHINESE[:12]):
        know = learned(rng, some_text(rng, 120, letters))
        cases += [{"text": some_text(rng, n, letters + "z"), **know} for n in (3, 40)]
    return cases


@calls({3: "encode"}, truth=ids_of_text, points=2, seeds=3, tolerance=EXACT)
def TextsWithSpecials(rng):
    "Specials that overlap, of which one begins with another, or means something to `re`"
    cases = []
    for _ in range(3):
        more = [SPECIALS[int(i)] for i in rng.permutation(range(2, 6))[: int(rng.integers(1, 4))]]
        specials = (
            [*more, "<|end|>", "<|end|>."]
            if rng.random() < 0.5
            else ["<|", "<|end|>", "<|end|>.", "<| pad |>"]
        )
        know = learned(rng, some_text(rng, 100, "abcn.x"), specials)
        parts = []
        for _ in range(8):
            parts += [some_text(rng, 4, "abcn.x"), specials[int(rng.integers(len(specials)))]]
            parts += ["abc", "<|end|>." * int(rng.integers(0, 3)), "end|", "[X]<| PAD |>"]
        cases.append({"text": "".join(parts), **know})
    a, b, c, d = (chr(int(n)) for n in 97 + rng.permutation(26)[:4])
    overlap = [a + b, b + c + d]  # the one that begins further left is meant, not the longer one
    know = {"vocab": vocabulary([], overlap), "merges": [], "specials": overlap}
    single = learned(rng, some_text(rng, 60, "bcd"), ["|", a.upper()])  # one byte, and yet no byte
    return [*cases, {"text": a + b + c + d, **know}, {"text": f"bcd|{a.upper()} cb||", **single}]


@calls({3: "encode"}, truth=ids_of_text, seeds=2, tolerance=EXACT, kind="edge")
def AsItStands(rng):
    "Accents of their own, characters that have a twin, and line breaks of all kinds"
    letter = "aeiou"[int(rng.integers(5))]
    know = learned(rng, some_text(rng, 60))
    return [
        {"text": text, **know}
        for text in (f"{letter}\u0301 e\u0301{letter}", f"\u212b\ufb01{letter}", f"{letter}\r\nb\r\r\n\n\rb")
    ]


@calls({4: "decode_stream"}, truth=texts_of, visible=True, seeds=2, tolerance=EXACT)
def OneCharacterInPieces(rng):
    "The euro sign, byte by byte, and one that never gets its end"
    vocab = vocabulary([(b"\x82", b"\xac")], [])
    letter = 97 + int(rng.integers(26))
    streams = ([[0xE2], [0x82], [0xAC]], [[letter, 0xE2], [], [256, letter]], [[letter], [0xE2, 0x82]], [])
    return [{"chunks": chunks, "vocab": vocab} for chunks in streams]


@calls({4: "decode_stream"}, truth=texts_of, points=3, seeds=3, tolerance=EXACT)
def ManyStreams(rng):
    "Chinese, emoji and Latin text in chunks that end anywhere, some of them empty"
    cases = []
    for letters, most in ((CHINESE, 1), (CHINESE, 4), ("🙂🙃aé �", 2), ("abcéñß\ufeff", 3)):
        text = "".join(letters[int(i)] for i in rng.integers(0, len(letters), 40))
        merges = learn(text.encode(), int(rng.integers(3, 12)))
        vocab = vocabulary(merges, [])
        ids = ids_of_text(text, vocab, merges, [])
        cases.append({"chunks": in_chunks(rng, ids, most), "vocab": vocab})
    return cases


@calls({4: "decode_stream"}, truth=texts_of, seeds=3, tolerance=EXACT, kind="edge")
def StreamsThatEndTooSoon(rng):
    "Streams whose last character is cut off, and bytes that no character begins with"
    vocab = vocabulary([], [])
    cases = []
    for _ in range(8):
        text = "".join((CHINESE + "🙂é")[int(i)] for i in rng.integers(0, len(CHINESE) + 2, 6)).encode()
        tail = "🙂".encode()[: int(rng.integers(1, 4))]
        bad = bytes([0xFF] * int(rng.integers(0, 3)) + [0x85] * int(rng.integers(0, 2)))
        chunks = in_chunks(rng, list(bad + text + bad + b"ab" + text + tail), 3)
        cases.append({"chunks": [*chunks, *[[]] * int(rng.integers(0, 2))], "vocab": vocab})
    return cases
