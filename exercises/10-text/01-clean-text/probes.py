"""What the cleaner is asked. All sentences are written for this course; dirt is added to them at random.

The truths go another way than the reference: bytes of the whole text instead of runs, one character after
another instead of patterns.
"""

import html
import unicodedata

from grader.language import EXACT, calls, travels

ENGLISH = [
    "A list keeps its order.",
    "Use a dict when each name has one value.",
    "The café opens at 8; the naïve answer is 0.",
    "Why does the loop stop one step early?",
    "Read the file line by line – it may be larger than memory.",
    "“Don’t panic”, said the manual…",
    "It costs 20 € or 15 £.",
    "Zoë wrote x < y && y > 0.",
    "Søren’s résumé is déjà vu.",
    "Tests tell you what broke.",
]
CHINESE = [
    "列表保持顺序。",
    "每个名字只有一个值，就用字典。",
    "为什么循环早停一步？",
    "文件可能比内存大，所以一行一行地读。",
    "“别慌”，手册上说……",
    "先写 x = 1，再运行代码！",
    "测试会告诉你（很快）哪里坏了。",
    "《深度学习》：从零开始、一步一步。",
]
CODE = ["for x in y:\n    print(x)", "if a:\n    if b:\n        c = 1", "def f(n):\n\n    return n"]
SYMBOLS = [
    "👩\u200d💻",
    "👨\u200d👩\u200d👧",
    "❤\ufe0f",
    "🇨🇳",
    "می\u200cخواهم",
    "Ａ１",
    "①",
    "ﬁ",
    "㈱",
    "½",
    "がぎ",
    "　—　",
]
SEPARATORS = [
    " ",
    "  ",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\n\n\n\n",
    "\t",
    "\u00a0",
    "\u3000",
    "\u2028",
    "\u2029",
    "\v",
    "\f",
]
HIDDEN = ["\u200b", "\ufeff", "\u00ad", "\u2060", "\x00", "\x07", "\x1b", "\x1c", "\x7f", "\x85", "\x9d"]
FREE = ["CC0", "CC BY", "CC BY-SA", "MIT"]
NOT_FREE = ["", "all rights reserved", "cc0", "CC BY-NC", "CC"]


def pick(rng, options):
    return options[int(rng.integers(len(options)))]


def read_wrongly(text, latin=False):
    """UTF-8 read as Windows-1252 as browsers do it, or as Latin-1."""
    if latin:
        return text.encode().decode("latin-1")
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())


def many_times_wrong(text, times):
    for _ in range(times):
        text = read_wrongly(text)
    return text


def some_text(rng, lang, pieces=4):
    """Sentences of one language, now and then the other one, code or a symbol."""
    parts = []
    for _ in range(pieces):
        chance = rng.random()
        if chance < 0.12:
            parts.append("\n" + pick(rng, CODE) + "\n")
        elif chance < 0.3:
            parts.append(pick(rng, SYMBOLS))
        else:
            other = chance < 0.38
            parts.append(pick(rng, CHINESE if (lang == "zh") != other else ENGLISH))
        parts.append(pick(rng, SEPARATORS) if rng.random() < 0.5 else " ")
    return "".join(parts)


def dirty(rng, text):
    """Some of what happens to texts: other forms, hidden characters, wrong readings, spaces."""
    if rng.random() < 0.3:
        text = unicodedata.normalize("NFD", text)
    for _ in range(int(rng.integers(0, 4))):
        at = int(rng.integers(len(text) + 1))
        text = text[:at] + pick(rng, HIDDEN) + text[at:]
    if rng.random() < 0.5:
        text = read_wrongly(text, latin=rng.random() < 0.4)
        if rng.random() < 0.3:
            text = read_wrongly(text)
        if rng.random() < 0.3:
            text += pick(rng, ["深度", "“", "é", "…", "\ufeff"])
    for _ in range(int(rng.integers(0, 3))):
        at = int(rng.integers(len(text) + 1))
        text = text[:at] + pick(rng, SEPARATORS) + text[at:]
    return text


def some_record(rng, number):
    """A record; of ten about six are good once they are clean."""
    lang = pick(rng, ["en", "zh"])
    question, answer = some_text(rng, lang, 2), some_text(rng, lang, int(rng.integers(2, 7)))
    chance = rng.random()
    if chance < 0.06:
        answer = pick(rng, [":-) !!! ", "。。。 ", "👍 ", "-- "]) * int(rng.integers(8, 40)) + answer[:8]
    elif chance < 0.12:
        answer = "\n".join([answer.replace("\n", " ")] * int(rng.integers(2, 4)))
    elif chance < 0.17:
        answer = answer * int(rng.integers(4, 9))
    elif chance < 0.22:
        answer = answer[: int(rng.integers(0, 30))]
    elif chance < 0.26:
        question = pick(rng, ["", " \n", "\u200b"])
    elif chance < 0.3:
        answer += pick(rng, ["\ufffd", read_wrongly("\ufffd")])
    question, answer = dirty(rng, question), dirty(rng, answer)
    escaped = bool(rng.random() < 0.5)
    if escaped or rng.random() < 0.3:
        question, answer = html.escape(question), html.escape(answer)
        answer = answer.replace("é", "&eacute;").replace("。", "&#12290;").replace("\u200d", "&zwj;")
        if rng.random() < 0.4:
            answer = html.escape(answer)
    return {
        "id": f"q{number}",
        "lang": lang,
        "licence": pick(rng, NOT_FREE) if rng.random() < 0.1 else pick(rng, FREE),
        "votes": int(rng.integers(-2, 3)) if rng.random() < 0.2 else int(rng.integers(1, 90)),
        "escaped": escaped,
        "question": question,
        "answer": answer,
    }


def good(**changes):
    """A record that stays, with some entries exchanged."""
    record = {
        "id": "g",
        "lang": "en",
        "licence": "CC0",
        "votes": 5,
        "escaped": False,
        "question": "How long is a list?",
        "answer": "Ask it: len(things) tells you how many there are.",
    }
    return {**record, **changes}


def one_encoding(text):
    """All bytes of the text at once: those that were read wrongly as they were, the others as UTF-8."""
    table = {}
    for byte in range(128, 256):
        table[chr(byte)] = byte
        table[bytes([byte]).decode("cp1252", "ignore") or chr(byte)] = byte
    try:
        return b"".join(bytes([table[c]]) if c in table else c.encode() for c in text).decode()
    except UnicodeDecodeError:
        return text


def tidy(text):
    """Rules 6 to 8, line by line."""
    lines = []
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        words = [word for word in line.split(" ") if word]
        lines.append(" " * indent + " ".join(words) if words else "")
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    kept = []
    for line in lines:
        if line or kept[-1]:
            kept.append(line)
    return "\n".join(kept)


def by_the_rules(text):
    """Round after round, each rule by single characters."""
    for _ in range(100):
        before = text
        while one_encoding(text) != text:
            text = one_encoding(text)
        text = unicodedata.normalize("NFC", text).replace("\r\n", "\n")
        shown = []
        for c in text:
            code = ord(c)
            if code in (13, 0x2028, 0x2029):
                shown.append("\n")
            elif code in (9, 11, 12) or unicodedata.category(c) == "Zs":
                shown.append(" ")
            elif code == 10 or not (code < 32 or 127 <= code < 160 or code in (0xAD, 0x200B, 0x2060, 0xFEFF)):
                shown.append(c)
        text = tidy("".join(shown))
        if text == before:
            break
    return text


def by_the_table(records):
    """Each line of the filter refuses for itself."""
    out = []
    for record in records:
        texts = {}
        for name in ("question", "answer"):
            texts[name] = by_the_rules(record[name])
            if record["escaped"]:
                texts[name] = by_the_rules(html.unescape(texts[name]))
        answer = texts["answer"]
        if record["licence"] not in FREE or record["votes"] < 1 or not texts["question"]:
            continue
        if "\ufffd" in texts["question"] or "\ufffd" in answer:
            continue
        if len(answer) > 600 or len(answer) < (40 if record["lang"] == "en" else 12):
            continue
        seen, repeated, lines, letters, others = set(), 0, 0, 0, 0
        for line in answer.split("\n"):
            line = line.strip()
            if line:
                lines += 1
                repeated += line in seen
                seen.add(line)
            for c in line:
                if not c.isspace():
                    if unicodedata.category(c)[0] in ("L", "M", "N"):
                        letters += 1
                    else:
                        others += 1
        if letters < others or repeated / lines > 0.3:
            continue
        out.append({**record, **texts, "escaped": False})
    return out


@calls({1: "repair"}, truth=one_encoding, visible=True, seeds=2, tolerance=EXACT)
def FourTexts(rng):
    "a text that was read wrongly, one that was not, one of both, and one that was read wrongly twice"
    word = pick(rng, ["café", "naïve", "Zoë", "déjà"])
    return [
        {"text": f"the {read_wrongly(word)} said"},
        {"text": f"the {word} said"},
        {"text": f"{word} is {read_wrongly(word)}"},
        {"text": read_wrongly(read_wrongly(word))},
    ]


@calls({1: "repair"}, truth=one_encoding, points=2, tolerance=EXACT)
def ManyReadings(rng):
    "sentences of both languages, in both wrong readings, with other scripts beside them"
    cases = []
    for _ in range(40):
        text = pick(rng, CHINESE + ENGLISH + SYMBOLS)
        broken = read_wrongly(text, latin=rng.random() < 0.5)
        beside = pick(rng, ["", "", "深度：", " abc ", "👩\u200d💻", "Привет ", "é", "’", "Ã"])
        cases.append(
            {
                "text": pick(
                    rng, [broken + beside, beside + broken, text + beside, broken, text, read_wrongly(broken)]
                )
            }
        )
    return cases


@calls({1: "repair"}, truth=one_encoding, seeds=2, tolerance=EXACT, kind="edge")
def NotQuite(rng):
    "half a character, bytes that UTF-8 does not allow, no such character at all, and nothing"
    face = read_wrongly("🙂")
    cut = int(rng.integers(1, 4))
    return [
        {"text": ""},
        {"text": "plain, 深度 and русский"},
        {"text": face[:cut]},
        {"text": face[cut:] + " after"},
        {"text": f"{face[:cut]}{chr(0x4E00 + cut)}{face[cut:]}"},
        {"text": read_wrongly("é", latin=True) * int(rng.integers(2, 9)) + "\n" + read_wrongly("…")},
        {"text": "À€ " + face},
        {"text": "í\xa0€"},
        {"text": "õ€€€"},
        {"text": face + read_wrongly("\ufffd") + read_wrongly("\ufeff")},
        {"text": "".join(chr(int(n)) for n in rng.integers(128, 256, 6))},
    ]


@calls({2: "clean_text"}, truth=by_the_rules, visible=True, seeds=2, tolerance=EXACT)
def SmallDirt(rng):
    "code with its indentation, an accent behind a hidden character, and Chinese punctuation"
    n = int(rng.integers(2, 5))
    return [
        {"text": f"if x:\r\n    y  =  {n}  \r\n" + "\n" * n},
        {"text": f"{read_wrongly('déjà')} e\u200b\u0301t\u0000\u00e9\u00a0{n}"},
        {"text": f"深度，学习。\u3000{n}：“从零” 👩\u200d💻"},
        {"text": read_wrongly(read_wrongly("naïve – " * n))},
    ]


@calls({2: "clean_text"}, truth=by_the_rules, points=2, tolerance=EXACT)
def ManyTexts(rng):
    "dirty texts of both languages, with code, emoji and spaces of all kinds"
    return [{"text": dirty(rng, some_text(rng, pick(rng, ["en", "zh"])))} for _ in range(60)]


@calls({2: "clean_text"}, truth=by_the_rules, tolerance=EXACT, kind="edge")
def OneRuleEach(rng):
    "each rule alone, what looks like its business and is not, and rules that make work for each other"
    word = pick(rng, ["café", "naïve", "déjà"])
    n = int(rng.integers(2, 6))
    texts = [
        "",
        " \t\u3000\n\r\n \u200b",
        "\u200c".join("ab") + "\u200d\ufe0f\u200e",
        "Ａ①ﬁ㈱½ ²" + "가".join("12"),
        unicodedata.normalize("NFD", "가각 がぎ é ồ ñ"),
        "\u212b \u2126 \u0958 豈",
        "a\rb\r\r\nc\n\rd\u2028e\u2029f\vg\fh\x1ci\x85j",
        "a\u1680b\u2003c\u202fd\u205fe" + " " * n + "f",
        " " * n + "x" + " " * n + "y" + " " * n + "\n" + " " * n + "\n\t\tz",
        "a" + "\n" * n + "b" + "\n \n\t\n" + "c" + "\n\n",
        "\n" * n + "    indented\n" + "  \n" * n,
        "，。！？：；、（）《》“”‘’……—~·" + "～" * n,
        f"{read_wrongly(word)[:-1]}\x85{read_wrongly('é')}",
        f"{read_wrongly('é')[0]}\u200b{read_wrongly('é')[1]} {word[:2]}",
        "A\u0303\u00a9 and so on" if n % 2 else "A\u0303\u00ad\u00a9",
        read_wrongly("e\u0301 \u200b" * n),
        many_times_wrong(word + "，深度", 3),
        many_times_wrong("voilà, así " + word, 2),
        f"{'aeou'[n - 2]}a\u200b\u0302€‹Ìˆ and A\u200b\u0303\u00a9",
        many_times_wrong(word, n + 2),
        unicodedata.normalize("NFD", word) + " " + read_wrongly(word) + " a\u0308" * n,
        f"« {word}\u00a0» CAFÉ\u00a0?",
        "co\u00adop\u2060er\ufeffate",
        "&amp; &lt;b&gt; <p>&nbsp;</p>",
        "\u0301\u200b\u0301 x",
        "\x85" + read_wrongly(word) + "\u0085" * n,
    ]
    return [{"text": text} for text in texts]


@travels
def each_id(clean, case):
    """By id, so that what is missing has a name."""
    kept = clean(case["records"])
    order = [record["id"] for record in kept]
    records = {record["id"]: record for record in kept}
    return records, order


def each_true_id(case):
    return each_id(by_the_table, case)


CLEAN = {3: (each_id, "clean")}


@calls(CLEAN, truth=each_true_id, visible=True, seeds=2, tolerance=EXACT)
def FourRecords(rng):
    "a record that stays, one that was escaped, one without a licence, and one that says nothing"
    n = int(rng.integers(2, 9))
    return {
        "records": [
            good(id="a", votes=n),
            good(
                id="b",
                escaped=True,
                question="x &amp;lt; y?",
                answer=f"Yes &mdash; {'it is so, ' * 4}&lt;{n}&gt;",
            ),
            good(id="c", licence="all rights reserved"),
            good(id="d", answer=":-) " * 10 * n),
        ]
    }


@calls(CLEAN, truth=each_true_id, points=3, tolerance=EXACT)
def ManyRecords(rng):
    "140 records of both languages"
    return {"records": [some_record(rng, number) for number in range(140)]}


@calls(CLEAN, truth=each_true_id, seeds=2, tolerance=EXACT, kind="edge")
def AtTheBounds(rng):
    "records at each bound and one step beside it, with more keys, and no records"
    letter = pick(rng, list("abcdef"))
    count = int(rng.integers(40, 60))
    marks = letter * count + "!" * count
    three_of_ten = "\n".join([*(f"line {i} {letter}" for i in range(7)), *[f"line 1 {letter}"] * 3])
    records = [good(licence=licence) for licence in FREE + NOT_FREE]
    records += [good(votes=votes) for votes in (-3, 0, 1, 2)]
    records += [good(question=question) for question in ("", "\u200b \n", "?")]
    records += [good(answer=letter * n) for n in (0, 1, 39, 40, 599, 600, 601)]
    records += [good(lang="zh", answer="学" * n) for n in (0, 11, 12, 39, 600, 601)]
    records += [good(answer=" " * n + letter * (40 - n)) for n in (1, 5)]
    records += [good(answer=letter * 39 + tail) for tail in (" ", "\u200b", "\u200b.", "é", "e\u0301")]
    records += [good(answer=answer) for answer in (marks, marks + "!", marks + letter)]
    records += [good(answer="①½٣" * 8 + "!?-" * 8), good(answer="क\u094d" * 11 + "-+" * 11)]
    records += [
        good(answer="a b " * count),
        good(answer="a - " * count),
        good(answer="👍" * 20 + letter * 21),
    ]
    records += [good(answer=text) for text in (three_of_ten, three_of_ten + f"\n  line 2 {letter}")]
    records += [good(answer=three_of_ten.replace("\n", "\n\n") + "\n\n\n"), good(answer=three_of_ten[7:])]
    records += [good(answer="the same\n  the same\n\nand then two others\nof which nobody knows")]
    records += [good(question=f"cafe\u200b\u0301 {letter}?", answer="e\u200b\u0301" * 40)]
    records += [good(question="a\ufffd"), good(answer=good()["answer"] + "\ufffd")]
    records += [good(question=read_wrongly("\ufffd")), good(question="a\u0338 \u200d")]
    records += [
        good(escaped=True, answer=text * 20)
        for text in ("&amp;lt;a&eacute;", "&#19968;&zwj;", "a&#173;b", "&copy a")
    ]
    records += [
        good(escaped=False, answer="&amp;lt; &eacute; &#19968; is how to write it", source=letter * count)
    ]
    records += [good(escaped=True, question="&#13;&nbsp;&#8203;", tags=letter)]
    records += [good(lang="zh", escaped=True, answer="&Atilde;&copy; 是一个字母，我们都知道。")]
    records += [
        good(
            escaped=True, answer=f"{read_wrongly('Zoë’s list')} isn&rsquo;t sorted &amp;ndash; {letter * 20}"
        )
    ]
    records += [
        good(escaped=True, question="&am\u00adp;lt; &\u200beacute;", answer="&nb\u200bsp;" + letter * count)
    ]
    order = rng.permutation(len(records))
    many = [{**records[int(at)], "id": f"r{int(at)}"} for at in order]
    return [{"records": many}, {"records": []}, {"records": [good(votes=0, id=letter)]}]


@calls({3: "clean"}, truth=by_the_table, tolerance=EXACT)
def CleanAlready(rng):
    "records that are clean already: all stay as they are"
    return {"records": by_the_table([some_record(rng, number) for number in range(60)])}
