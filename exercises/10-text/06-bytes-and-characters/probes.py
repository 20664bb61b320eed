"""What is asked of bytes and characters: every length of character, both byte orders, pages in two languages.

The sentences are written for this exercise. Their terms are those that a machine translated wrongly on a
real bilingual page: a model became a person who shows clothes, a Transformer a toy, and VRAM a memory of
virtual reality.
"""

from grader.language import EXACT, calls, travels
from probing import attempt

EDGES = [
    0,
    0x7F,
    0x80,
    0x7FF,
    0x800,
    0xD7FF,
    0xE000,
    0xFEFF,
    0xFFFD,
    0xFFFF,
    0x10000,
    0xFFFFF,
    0x100000,
    0x10FFFF,
]
RANGES = [(0, 0x80), (0x80, 0x800), (0x800, 0xD800), (0xE000, 0x10000), (0x10000, 0x110000)]

TERMS = [
    ("model", "模型"),
    ("model", "模特"),
    ("Transformer", "Transformer"),
    ("Transformer", "变形金刚"),
    ("VRAM", "显存"),
    ("VRAM", "虚拟现实内存"),
]
SENTENCES = [
    ("The {} reads one token after another.", "{}一个接一个地读词元。"),
    ("Why does the {} need so much of it?", "{}为什么需要这么多？"),
    ("Start with a small {}!", "先从小的{}开始！"),
    ('Run `{}.load("学.pt")` once.', '运行一次`{}.load("学.pt")`。'),
    ("It took 3.5 hours on a café laptop.", "在咖啡馆的笔记本上花了 3.5 个小时。"),
    ('Dr. Li calls it "the {}."', "李博士叫它“{}。”"),
    ("The page says 变形金刚 where it means the {}, which is a toy.", "那一页把 {} 写错了。"),
    ("Her name is 𠮷 and she likes it.", "𠮷田很喜欢它。"),
]
NOBODY = ["2023.", "🙂!", "……", "(1)", "`a 学.b`", "— 4.5 —", "。"]


def some_text(rng, count):
    points = []
    for _ in range(count):
        low, high = RANGES[int(rng.integers(len(RANGES)))]
        points.append(int(rng.integers(low, high)))
    return "".join(chr(n) for n in points)


def everyday(rng, count):
    letters = "abc é e\u0301ñ 学习模型🙂👩\u200d🔬한글שלום\ufeff"
    return "".join(letters[int(i)] for i in rng.integers(0, len(letters), count))


def in_utf8(text):
    return list(text.encode("utf-8"))


def in_utf16(text):
    data = text.encode("utf-16-be")
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


def read_utf16(data):
    little = data[:2] == b"\xff\xfe"
    start = 2 if little or data[:2] == b"\xfe\xff" else 0
    return data[start:].decode("utf-16-le" if little else "utf-16-be")


@travels
def spelled(function, case):
    """Lone surrogates cannot travel as text: the text is made of its code points in the box."""
    return attempt(function, "".join(chr(n) for n in case["points"]))


def is_han(c):
    return "\u3400" <= c <= "\u4dbf" or "\u4e00" <= c <= "\u9fff" or "\U00020000" <= c <= "\U000323af"


def paired(text):
    """Character by character; the second way beside the reference's patterns."""
    found = []
    paragraph = []
    for line in [*text.split("\n"), ""]:
        if line.strip():
            paragraph.append(line)
        else:
            found += parted("\n".join(paragraph))
            paragraph = []
    pairs = []
    for spoken, passage in found:
        if spoken == "zh" and pairs and pairs[-1][1] == "" and pairs[-1][0]:
            pairs[-1] = (pairs[-1][0], passage)
        else:
            pairs.append(("", passage) if spoken == "zh" else (passage, ""))
    return pairs


def parted(paragraph):
    sentences = []  # [language, start, end]
    start, i, n = 0, 0, len(paragraph)
    han = words = 0
    inside = False
    while i < n:
        c = paragraph[i]
        close = paragraph.find("`", i + 1) if c == "`" else -1
        if close >= 0:
            i, inside = close + 1, False
            if i < n:
                continue
            c = ""
        elif is_han(c):
            han, inside = han + 1, False
        elif c.isalpha():
            words, inside = words + (not inside), True
        else:
            inside = False
        i += bool(c)
        ends = i == n
        if c and c in "。！？.!?":
            j = i
            while j < n and paragraph[j] in '"”’）)」』':
                j += 1
            if c in "。！？" or j == n or paragraph[j].isspace():
                i, ends = j, True
        if ends:
            sentences.append(["zh" if han > words else "en" if words else "", start, i])
            start, han, words, inside = i, 0, 0, False
    joined = []
    for spoken, first, last in sentences:
        if not paragraph[first:last].strip():
            continue
        if joined and (not spoken or not joined[-1][0] or spoken == joined[-1][0]):
            joined[-1] = [joined[-1][0] or spoken, joined[-1][1], last]
        else:
            joined.append([spoken, first, last])
    return [(spoken, paragraph[first:last].strip()) for spoken, first, last in joined if spoken]


def one_pair(rng):
    english, chinese = SENTENCES[int(rng.integers(len(SENTENCES)))]
    left, right = TERMS[int(rng.integers(len(TERMS)))]
    return english.replace("{}", left), chinese.replace("{}", right)


def paragraph_pair(rng, most=3):
    """The same sentences in both languages, some of them broken into lines."""
    pairs = [one_pair(rng) for _ in range(int(rng.integers(1, most + 1)))]
    english = ["  ", "\n", " "][int(rng.integers(3))].join(pair[0] for pair in pairs)
    chinese = ["", "\n", " "][int(rng.integers(3))].join(pair[1] for pair in pairs)
    return english, chinese


def page(rng, paragraphs=6):
    """Pairs, some in one paragraph, some with a half that is missing, some with what no language has."""
    blocks = []
    for _ in range(paragraphs):
        english, chinese = paragraph_pair(rng)
        kind = float(rng.random())
        nobody = NOBODY[int(rng.integers(len(NOBODY)))]
        if kind < 0.3:
            blocks += [english, chinese]
        elif kind < 0.5:
            blocks.append(english + [" ", "\n", ""][int(rng.integers(3))] + chinese)
        elif kind < 0.6:
            blocks.append(english)
        elif kind < 0.7:
            blocks.append(chinese)
        elif kind < 0.8:
            blocks += [english, nobody, chinese]
        elif kind < 0.9:
            blocks.append(f"{nobody} {english} {nobody} {chinese} {nobody}")
        else:
            more = one_pair(rng)
            blocks.append(f"{chinese} {english} {more[1]}{more[0]}")
    gaps = ["\n\n", "\n\n\n", "\n  \n", " \n \n\n "]
    text = ""
    for block in blocks:
        text += block + gaps[int(rng.integers(len(gaps)))]
    return text if rng.random() < 0.5 else text.strip()


@calls({1: "utf8_tokens"}, truth=in_utf8, visible=True, seeds=2, tolerance=EXACT)
def FourLengths(rng):
    "Characters of one, two, three and four bytes"
    letter = chr(97 + int(rng.integers(26)))
    return [{"text": text} for text in (letter, "é", "学", "🙂", letter + "é 学🙂" + letter)]


@calls(
    {1: "utf8_tokens", 2: "utf16_tokens"}, truth={1: in_utf8, 2: in_utf16}, points=2, seeds=3, tolerance=EXACT
)
def AnyCharacters(rng):
    "Texts of any characters there are"
    return [{"text": text} for text in (some_text(rng, 60), everyday(rng, 80), some_text(rng, 1))]


@calls(
    {1: "utf8_tokens", 2: "utf16_tokens"},
    truth={1: in_utf8, 2: in_utf16},
    seeds=2,
    tolerance=EXACT,
    kind="edge",
)
def AtTheBorders(rng):
    "The first and last code point of each length, accents of their own, and no text"
    order = [EDGES[int(i)] for i in rng.permutation(len(EDGES))]
    letter = "aeiou"[int(rng.integers(5))]
    return [
        {"text": "".join(chr(n) for n in order)},
        {"text": letter + "\u0301" + "\u00e9\u212b\ufb01"},
        {"text": ""},
    ]


@calls({1: (spelled, "utf8_tokens"), 2: (spelled, "utf16_tokens")}, veto=True, seeds=2, tolerance=EXACT)
def LoneSurrogates(rng):
    "A text with a lone surrogate is refused, wherever it stands, and also with another one beside it"
    high, low = 0xD800 + int(rng.integers(1024)), 0xDC00 + int(rng.integers(1024))
    letters = [int(n) for n in rng.integers(97, 123, 3)]
    texts = [
        [high],
        [*letters, low],
        [high, low],
        [low, *letters],
        [0xD800, *letters],
        [0xDFFF],
        [0xDBFF, 0x1F642],
    ]
    return [{"points": points} for points in [*texts, letters]]


@calls({2: "utf16_tokens"}, truth=in_utf16, visible=True, seeds=2, tolerance=EXACT)
def OneTokenOrTwo(rng):
    "A letter, a Chinese character, two emoji, and all of them together"
    letter = chr(97 + int(rng.integers(26)))
    face = chr(0x1F600 + int(rng.integers(60)))
    return [{"text": text} for text in (letter, "学", face, "🙂", letter + face + "学")]


@calls({3: "utf16_text"}, truth=read_utf16, visible=True, seeds=2, tolerance=EXACT)
def ThreeFiles(rng):
    "The same text big-endian, little-endian and without a mark"
    text = chr(97 + int(rng.integers(26))) + "学🙂"
    big, little = text.encode("utf-16-be"), text.encode("utf-16-le")
    return [{"data": data} for data in (b"\xfe\xff" + big, b"\xff\xfe" + little, big)]


@calls({3: "utf16_text"}, truth=read_utf16, points=2, seeds=3, tolerance=EXACT)
def ManyFiles(rng):
    "Any characters in both byte orders, with the mark and without"
    cases = []
    for text in (some_text(rng, 50), everyday(rng, 50), "".join(chr(n) for n in EDGES)):
        cases += [
            {"data": b"\xfe\xff" + text.encode("utf-16-be")},
            {"data": b"\xff\xfe" + text.encode("utf-16-le")},
            {"data": ("a" + text).encode("utf-16-be")},
        ]
    return cases


@calls({3: "utf16_text"}, truth=read_utf16, seeds=2, tolerance=EXACT, kind="edge")
def MarksOfByteOrder(rng):
    "No bytes, only a mark, two marks, and the mark as a character in the middle"
    text = everyday(rng, int(rng.integers(3, 9)))
    big, little = text.encode("utf-16-be"), text.encode("utf-16-le")
    return [
        {"data": b""},
        {"data": b"\xfe\xff"},
        {"data": b"\xff\xfe"},
        {"data": b"\xfe\xff\xfe\xff" + big + b"\xfe\xff"},
        {"data": b"\xff\xfe\xff\xfe" + little + b"\xff\xfe" + little},
        {"data": b"\x00a" + b"\xfe\xff" + big},
        {"data": b"\xfe\xff\xff\xfe" + big},
    ]


@calls({3: "utf16_text"}, attempt=True, veto=True, seeds=2, tolerance=EXACT)
def HalfATokenHalfAPair(rng):
    "Bytes that are no UTF-16 are refused"
    letters = everyday(rng, 4).encode("utf-16-be")
    high = (0xD800 + int(rng.integers(1024))).to_bytes(2, "big")
    low = (0xDC00 + int(rng.integers(1024))).to_bytes(2, "big")
    wrong = [
        b"\x00",
        b"\xfe\xff\x00",
        letters + b"\x41",
        high,
        letters + high,
        high + b"\x00A",
        high + high + low,
        low,
        letters + low + letters,
        high + low + low,
        low + high,
        b"\xdb\xff\xe0\x00",
        (0xD800 + int(rng.integers(900))).to_bytes(2, "big")
        + (0xE000 + int(rng.integers(900))).to_bytes(2, "big"),
        b"\xdc\x00\x00a",
        b"\xff\xfe" + high[::-1] + b"A\x00",
        letters,
    ]
    return [{"data": data} for data in wrong]


@calls({4: "pair_paragraphs"}, truth=paired, visible=True, seeds=2, tolerance=EXACT)
def OnePage(rng):
    "Three pairs: in two paragraphs, in one, and one without its Chinese half"
    english, chinese = one_pair(rng)
    return {
        "text": f"{english}\n\n{chinese}\n\n"
        "The model needs 4 GB of VRAM. 这个模型需要 4 GB 显存。\n\n"
        "Nobody translated `this. 句` yet.\n\n"
        "Run `python3 -m 学.train`.\n\n运行 `python3 -m 学.train`。"
    }


@calls({4: "pair_paragraphs"}, truth=paired, points=3, seeds=4, tolerance=EXACT)
def ManyPages(rng):
    "Pages with mixed paragraphs, missing halves, code, and sentences that have no language"
    return [{"text": page(rng, n)} for n in (2, 4, 6, 8)]


@calls({4: "pair_paragraphs"}, truth=paired, seeds=2, tolerance=EXACT, kind="edge")
def OddPages(rng):
    "Nothing, one language only, backticks without a partner, closing marks, and close calls"
    english, chinese = paragraph_pair(rng)
    other, andere = paragraph_pair(rng)
    letter = chr(97 + int(rng.integers(26)))
    return [
        {"text": ""},
        {"text": " \n\n  \n"},
        {"text": NOBODY[int(rng.integers(len(NOBODY)))] + "\n\n" + NOBODY[int(rng.integers(len(NOBODY)))]},
        {"text": english + "\n\n" + other},
        {"text": chinese + "\n\n" + andere},
        {"text": english + "\n\n" + other + "\n\n" + chinese + "\n\n" + andere},
        {"text": f"A ` and {letter}. 一个`和两个。\n\n`{letter}`. 学`. `习。"},
        {"text": f"One ` {letter} two. 三四五。\n\nThree. ` 六七。 {letter}."},
        {"text": f'He said "{letter}." (Really?) 他说“好。”（真的！）」Then left? "No"'},
        {"text": f"{letter} 学. {letter} 学习. {letter} {letter} 学习! {letter}b{letter} 学!"},
        {"text": f"Wait... {letter}?! 3.14.15 等等。。。好。{letter}.{letter} 吧好"},
        {"text": f"1. {english}\n2. {other} 3.\n\n4. {chinese} 5。"},
        {"text": f"日本語のテキスト。 한글 {letter}. élan ñ. 㐀𠮷𲎯 {letter}"},
    ]


@calls({4: "pair_paragraphs"}, truth=paired, seeds=2, tolerance=EXACT, kind="edge")
def WhatIsAWord(rng):
    "What parts a word, words of other alphabets, and rare Han characters"
    a, b, c = (chr(int(n)) for n in rng.integers(97, 123, 3))
    russian = "".join(chr(int(n)) for n in rng.integers(0x430, 0x450, 3))
    greek = "".join(chr(int(n)) for n in rng.integers(0x3B1, 0x3C2, 3))
    rare = "".join(chr(int(n)) for n in rng.integers(0x30000, 0x31340, 2))
    return [
        {"text": text}
        for text in (
            f"{a}学{b}学{c}.",
            f"学学 {a}'{b}.",
            f"学学 {a}-{b}.",
            f"学学 {a}`{c}`{b}.",
            f"{russian}.",
            f"学 {russian}. 学习 {greek}.",
            f"{greek} {a}。{rare} {a}.",
            f"㐀䶿鿿 {a} {b}.",
            f"一.\n\n\U00020000.\n\nꀀ {a}.",
            f"学①. {a} Ⅳ². 学½ Ⅷ. {b}.",
        )
    ]
