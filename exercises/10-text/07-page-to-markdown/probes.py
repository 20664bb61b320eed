"""Documents laid out as a printer would, from their Markdown, the truth; crooked scans, odd lines."""

import itertools
import re

from grader.language import EXACT, band, calls, probe

VOCABULARY = """
a after all and answer around at before between both bread bridge butter by can change clean cloud
colour country count cross day different draw dry early eat every eye family farm feather find first
floor fly food friend garden gentle glass good great green ground hand harbour heavy hill horse house
island kitchen ladder large learn light little machine measure minute model money morning music nature
never north ocean old paper people place plant question rain remember road sand season sentence shelter
silver single sleep small soft south spring stone strong summer teacher thing thunder tomorrow tree
understand village wait wall water weather while whole window wonder word world yellow
""".split()
WHOLE = ["short-sighted", "left-handed", "re-enter", "re-use", "half-baked"]  # known as they are
PARTS = ["word-list", "bread-and-butter", "light-green", "water-wheel", "by-and-by"]  # only their parts are
RARE = ["perceptron", "Wilhelmina", "zirconium", "Gutenberg", "quaternion"]  # nobody knows them
NAMES = ["GPT-2", "Jean-Paul", "U-Net", "X-15", "3-fold"]
MIXED = (
    "a few words./a few words/some net-/work too:/a  b/c |   d e/ x   y  z /1    2    3/Who?/- no!  ".split(
        "/"
    )
)
BORDERS = """well-|known Well-|known, well-|Known WELL-|known re-|sign co-|op unwell-|known well-|knownly
GPT-|2 3-|fold x2-|art a2b-|art state-of-the-|art the_-|art the_--|art the-|“art” the-|-art the_–|art
the–|art -|art the\u00ad|art the\u00ad|Art the\u00ad|-_3 naïve-|té the-__|__art don't-|art""".split()
POOLS = [(0.08, WHOLE), (0.16, PARTS), (0.2, RARE), (0.25, NAMES), (1, VOCABULARY)]
KNOWN = {*VOCABULARY, *WHOLE, *"and bread butter by green light list water wheel word".split()}

LETTER = 5.0  # the width of a letter in lines of 10
LEADING = 1.2  # a line is so many times as high as its letters


def words_of_a_sentence(rng, most=16):
    words = []
    for _ in range(int(rng.integers(4, most))):
        r = float(rng.random())
        pool = next(pool for below, pool in POOLS if r < below)
        words.append(pool[int(rng.integers(len(pool)))])
    words[0] = words[0][0].upper() + words[0][1:]
    if rng.random() < 0.3:
        words[len(words) // 2] += ","
    words[-1] += ".!?:."[int(rng.integers(5))]
    return words


def break_of(rng, word, room):
    """(what stands at the end of the line, the rest), or None where the word is not broken."""
    if "-" in word:
        at = [n + 1 for n in range(1, len(word) - 2) if word[n] == "-" and n + 1 <= room]
        return (word[: at[-1]], word[at[-1] :]) if at else None
    bare = word.rstrip(".,!?:")
    if len(bare) < 6 or not bare.isalpha():
        return None
    at = [n for n in range(2, len(bare) - 1) if n + 1 <= room]
    if not at:
        return None
    n = at[int(rng.integers(len(at)))]
    left, right = bare[:n].lower(), bare[n:]
    if (left in KNOWN and right in KNOWN and bare.lower() not in KNOWN) or f"{left}-{right}" in KNOWN:
        return None  # whoever breaks a word there cannot be understood
    return word[:n] + ("\u00ad" if rng.random() < 0.15 else "-"), word[n:]


def set_lines(rng, words, width):
    """The words in lines of at most so many characters."""
    lines, line, words = [], "", list(words)
    while words:
        word = words.pop(0)
        room = width - len(line) - bool(line)
        if len(word) <= room:
            line += " " * bool(line) + word
            continue
        broken = break_of(rng, word, room) if rng.random() < 0.7 else None
        if broken:
            line += " " * bool(line) + broken[0]
            words.insert(0, broken[1])
        else:
            words.insert(0, word)
        lines.append(line)
        line = ""
    return [*lines, line] if line else lines


def some_blocks(rng, sizes, count):
    """[kind, size, what it holds, its Markdown]; no two tables side by side."""
    blocks = []
    for _ in range(count):
        r = float(rng.random())
        if r < 0.2:
            level = int(rng.integers(1, len(sizes)))
            words = words_of_a_sentence(rng, 12 if rng.random() < 0.3 else 6)[:9]
            words[-1] = words[-1].rstrip(".!?:,")
            blocks.append(["heading", sizes[level - 1], words, "#" * level + " " + " ".join(words)])
        elif r < 0.4 and (not blocks or blocks[-1][0] != "table"):
            columns = int(rng.integers(2, 5))
            rows = [
                [["tree", "3.5", "old|new", "a b", "-", "x_1"][int(i)] for i in rng.integers(0, 6, columns)]
                for _ in range(int(rng.integers(2, 5)))
            ]
            marked = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
            marked.insert(1, "| " + " | ".join(["---"] * columns) + " |")
            blocks.append(["table", sizes[-1], rows, "\n".join(marked)])
            if rng.random() < 0.4:
                words = words_of_a_sentence(rng, 8)
                blocks.append(["text", sizes[-1] - 2, words, " ".join(words)])
        else:
            words = [word for _ in range(int(rng.integers(1, 4))) for word in words_of_a_sentence(rng)]
            blocks.append(["text", sizes[-1], words, " ".join(words)])
    return blocks


def block_lines(rng, blocks, width):
    """(block, text, size) of every line, in a column so many points wide."""
    out = []
    for n, (kind, size, held, _) in enumerate(blocks):
        letters = int(width / (LETTER * size / 10))
        if kind == "table":
            wide = [max(len(row[c]) for row in held) + 2 for c in range(len(held[0]))]
            texts = [
                "".join(cell.ljust(w) for cell, w in zip(row, wide, strict=True)).rstrip() for row in held
            ]
        else:
            texts = set_lines(rng, held, letters)
        out += [(n, text, size) for text in texts]
    return out


def cuts(blocks, lines):
    """Where a column may end: between blocks, or in a paragraph that goes on in the middle of a sentence."""
    good = []
    for n in range(1, len(lines)):
        (one, text, _), (other, _, _) = lines[n - 1], lines[n]
        between = one != other
        goes_on = one == other and blocks[one][0] == "text" and text[-1] not in ".!?:"
        if between or goes_on:
            good.append(n)
    return good


def box(page, x, y, text, size=10, width=None):
    """A line somewhere."""
    wide = len(text) * LETTER * size / 10 if width is None else width
    return {"page": page, "x0": x, "y0": y, "x1": x + wide, "y1": y + size, "text": text, "size": size}


def put(page, x, y, lines):
    """Boxes of the lines, from y downward, and the y below them."""
    boxes, before = [], lines[0][0] if lines else 0
    for block, text, size in lines:
        y += 0.9 * size * (block != before)
        before = block
        boxes.append(box(page, x, y, text, size))
        y += LEADING * size
    return boxes, y


def centred(rng, page, y, sizes):
    words = words_of_a_sentence(rng, 7)[:4]
    words[-1] = words[-1].rstrip(".!?:,")
    level = int(rng.integers(1, len(sizes)))
    text, size = " ".join(words), sizes[level - 1]
    x = 300 - len(text) * LETTER * size / 20
    return box(page, round(x, 2), y, text, size), "#" * level + " " + text


def document(rng, pages=3, columns=(1, 2)):
    """The boxes of a document in the order of reading, those of its margins behind them, and its Markdown."""
    sizes = [[18, 14, 12, 10], [16.5, 11], [24, 20, 10.5, 9]][int(rng.integers(3))]
    boxes, margins, markdown = [], [], []
    spilled = None
    look = "  ".join(word.upper() for word in words_of_a_sentence(rng, 6)[:3])
    first = int(rng.integers(1, 98))
    for page in range(1, pages + 1):
        y = 70.0
        only_head = rng.random() < 0.5
        if page == 1 and only_head:
            title, mark = centred(rng, page, 30.0, sizes)
            boxes.append(title)
            markdown.append(mark)
        elif pages > 1:
            margins.append(box(page, 60, 30, f"{look}, p. {first + page}", 8))
        margins.append(box(page, 290, 760, str(first + page), sizes[-1]))
        if spilled:
            new, y = put(page, 60, y, spilled)
            boxes += new
            y += sizes[-1]
            spilled = None
        for n in range(int(rng.integers(1, 3))):
            if n or (page == 1 and not only_head):
                heading, mark = centred(rng, page, y + 6, sizes)
                boxes.append(heading)
                markdown.append(mark)
                y = heading["y1"] + 16
            blocks = some_blocks(rng, sizes, int(rng.integers(2, 5)))
            two = columns[int(rng.integers(len(columns)))] == 2
            lines = block_lines(rng, blocks, 230 if two else 480)
            markdown += [block[3] for block in blocks]
            good = cuts(blocks, lines)
            if two and good:
                at = min(good, key=lambda n: (abs(n - len(lines) / 2), n))
                left, low = put(page, 60, y, lines[:at])
                right, lower = put(page, 310, y, lines[at:])
                boxes += left + right
                y = max(low, lower) + sizes[-1]
            else:
                last = not two and page < pages and n == 0 and rng.random() < 0.7 and good
                at = good[int(rng.integers(len(good)))] if last else len(lines)
                new, y = put(page, 60, y, lines[:at])
                boxes += new
                y += sizes[-1]
                if last:
                    spilled = lines[at:]
                    break
    return boxes, margins, "\n\n".join(markdown)


def shuffled(rng, boxes):
    """(the boxes in any order, where each of them went)"""
    order = [int(i) for i in rng.permutation(len(boxes))]
    places = {old: new for new, old in enumerate(order)}
    return [boxes[old] for old in order], [places[n] for n in range(len(boxes))]


def documents(rng, count, pages, columns=(1, 2)):
    """Some documents as `to_markdown` gets them, and what they were made from."""
    made = {"documents": [], "_markdown": []}
    while len(made["documents"]) < count:
        boxes, margins, markdown = document(rng, pages, columns)
        letters = {}
        for line in boxes:
            letters[line["size"]] = letters.get(line["size"], 0) + len(line["text"])
        body = min(line["size"] for line in boxes if line["size"] in (10, 11, 9))
        headings = {line["size"] for line in boxes if line["size"] > body}
        wanted = [s for s in ([18, 14, 12], [16.5], [24, 20, 10.5])[[10, 11, 9].index(body)]]
        if max(letters, key=letters.get) == body and headings == set(wanted) and len(boxes) < 160:
            made["documents"].append(shuffled(rng, boxes + margins)[0])
            made["_markdown"].append(markdown)
    return made


def crooked(rng, boxes):
    """A scan: turned a little, every box off by a little, some lines in two boxes."""
    turn = float(rng.uniform(-0.004, 0.004))
    out = []
    for line in boxes:
        parts = [line]
        words = line["text"].split(" ")
        in_column = line["x1"] < 300 or line["x0"] > 300
        if len(words) > 3 and in_column and rng.random() < 0.1:
            half = " ".join(words[:2])
            x = line["x0"] + (len(half) + 1) * LETTER * line["size"] / 10
            parts = [{**line, "text": half, "x1": x - 1}, {**line, "text": " ".join(words[2:]), "x0": x}]
        for part in parts:
            dx, dy = (float(d) for d in rng.normal(size=2) * 0.5)
            dy += turn * part["x0"]
            moved = {
                "x0": part["x0"] + dx,
                "x1": part["x1"] + dx,
                "y0": part["y0"] + dy,
                "y1": part["y1"] + dy,
            }
            out.append({**part, **moved})
    return out


def kendall(order, truth):
    """The share of pairs in the right order minus the share of others."""
    place = {n: k for k, n in enumerate(order)}
    pairs = list(itertools.combinations([place[n] for n in truth], 2))
    return sum((a < b) - (a > b) for a, b in pairs) / max(1, len(pairs))


def plain_running(lines):
    found = []
    for n, line in enumerate(lines):
        where = plain_margin(line)
        if not where:
            continue
        others = {
            other["page"]
            for other in lines
            if plain_margin(other) == where and alike(other["text"]) == alike(line["text"])
        }
        if len(others) > 1 or all(c in "0123456789" for c in line["text"].strip(" ")):
            found.append(n)
    return found


def plain_margin(line):
    if line["y1"] <= 60:
        return 1
    return 2 if line["y0"] >= 740 else 0


def alike(text):
    return re.split("[0-9]+", text.strip(" "))


def plain_order(lines):
    order = []
    for page in sorted({line["page"] for line in lines}):
        here = sorted((line["y0"], line["x0"], n) for n, line in enumerate(lines) if line["page"] == page)
        wide = [p for p in here if lines[p[2]]["x0"] < 300 and lines[p[2]]["x1"] > 300]
        rest = [p for p in here if p not in wide]
        for border, upto in zip([None, *wide], [*wide, None], strict=True):
            order += [border[2]] if border else []
            inside = [
                p[2]
                for p in rest
                if (border is None or p[0] >= border[0]) and (upto is None or p[0] < upto[0])
            ]
            order += [n for n in inside if lines[n]["x1"] <= 300]
            order += [n for n in inside if lines[n]["x1"] > 300]
    return order


def plain_join(texts, known):
    out = []
    for text in texts:
        text = " ".join(part for part in text.split() if part)
        if text and out:
            out[-1:] = at_border(out[-1], text, known)
        elif text:
            out.append(text)
    return "".join(out)


def at_border(before, after, known):
    if before.endswith("\u00ad"):
        return [before[:-1] + after]
    if len(before) < 2 or before[-1] != "-" or not before[-2].isalnum() or not after[0].isalnum():
        return [before + " " + after]
    if not before[-2].isalpha() or not after[0].islower():
        return [before + after]
    start, end = len(before) - 1, 0
    while start > 0 and before[start - 1].isalpha():
        start -= 1
    while end < len(after) and after[end].isalpha():
        end += 1
    left, right = before[start:-1].lower(), after[:end].lower()
    if left + "-" + right in known:
        return [before + after]
    if left + right not in known and {left, right} <= known:
        return [before + after]
    return [before[:-1] + after]


def rows(text):
    """Lines from `page x y size text`, with a slash between two of them."""
    parts = [row.replace("\n", "").split(" ", 4) for row in text.split(" /")]
    return [box(int(page), float(x), float(y), words, float(size)) for page, x, y, size, words in parts]


def margin_lines(rng, pages):
    """Headers and footers of all kinds, and body lines that look like them."""
    name = words_of_a_sentence(rng, 6)[0]
    first = int(rng.integers(1, 2000))
    lines = []
    for page in range(1, pages + 1):
        lines += rows(
            f"{page} 60 50 10 {name}, p. {first + page} of {first + 97} /{page} 60 300 10 12"
            f" /{page} 60 {rng.uniform(61, 700):.1f} 10 See below."
            f" /{page} 290 {rng.uniform(740, 780):.1f} 8 {first + page}"
            f" /{page} 60 50.01 10 Below the margin /{page} 60 739.99 10 Above the margin"
            f" /{page} 60 {30 if page % 2 else 760} 10 Only at the top or at the bottom"
        )
    lines += rows(
        f"1 60 20 18 A title of {first} /2 60 20 10 {name} p {first} /1 60 770 10 # /2 60 40 10  x 1  "
        " /3 60 40 10 x 22 /2 300 40 10 twice here 1 /2 400 40 10 twice here 2 /1 60 745 10 ² and ٣"
        " /3 100 20 10 ٣ /2 100 750 10  007 "
    )
    return shuffled(rng, lines)[0]


def scattered(rng, count):
    """Lines anywhere on some pages, with many equal places, touching the middle from both sides."""
    lines = []
    for _ in range(count):
        x0 = float([60, 100, 200, 290, 300, 310, 450][int(rng.integers(7))])
        wide = float([50, 90, 100, 200, 240][int(rng.integers(5))])
        y = float(rng.integers(7, 30)) * 10
        lines.append(box(int(rng.integers(1, 4)) * 5, x0, y, "a line", 10, wide))
    return lines


@calls({1: "running_lines"}, truth=plain_running, visible=True, seeds=2, tolerance=EXACT)
def ThreePages(rng):
    "Three pages with a header, page numbers and a title"
    first = int(rng.integers(2, 90))
    lines = [box(1, 200, 30, "Notes on bread", 18)]
    for page in (1, 2, 3):
        lines += [box(page, 60, 740, f"{first + page}"), box(page, 60, 100, "A line of text.")]
        lines += [box(page, 60, 40, f"Notes on bread, page {first + page}")] if page > 1 else []
    return {"lines": lines}


@calls({1: "running_lines"}, truth=plain_running, points=2, seeds=4, tolerance=EXACT)
def ManyMargins(rng):
    "Headers and footers of many kinds, and lines that only look like them"
    return [{"lines": margin_lines(rng, pages)} for pages in (3, 4)]


@calls({1: "running_lines"}, truth=plain_running, seeds=2, tolerance=EXACT, kind="edge")
def OnePageOnly(rng):
    "No lines, one page, a line twice on the same page, and a number on one page alone"
    n = int(rng.integers(10, 99))
    pages = [
        f"1 60 30 10 A header /1 60 760 10 {n}",
        f"4 60 30 10 Part 1 /4 300 30 10 Part 2 /4 60 780 10 p. {n}",
        f"7 60 780 10 p. {n} /2 300 760 10 p. 1 /2 60 20 10 p. 3 /7 60 30 10 Part 1 /2 60 30 10 Part",
    ]
    body = rows(" /".join(["1 60 100 10 Text"] * int(rng.integers(1, 9))))
    return [{"lines": []}, *({"lines": shuffled(rng, rows(page) + body)[0]} for page in pages)]


@calls({2: "reading_order"}, truth=plain_order, visible=True, seeds=2, tolerance=EXACT)
def TwoColumns(rng):
    "One page: a title, two columns of two lines, and one line under them"
    y = float(rng.integers(70, 100))
    lines = [
        box(1, 60, y + 30, "left one"),
        box(1, 310, y + 30, "right one"),
        box(1, 60, y + 42, "left two"),
        box(1, 310, y + 42, "right two"),
        box(1, 250, y, "A title", 18, 100),
        box(1, 60, y + 60, "one line under both columns, from the left to the right", 10, 480),
    ]
    return {"lines": shuffled(rng, lines)[0]}


@calls({2: "reading_order"}, truth=plain_order, points=2, seeds=4, tolerance=EXACT)
def AnyPlaces(rng):
    "Lines anywhere, with many at equal heights and some that touch the middle"
    return [{"lines": scattered(rng, n)} for n in (4, 15, 60)]


@calls({2: "reading_order"}, truth=plain_order, seeds=2, tolerance=EXACT, kind="edge")
def FewLines(rng):
    "No line, one line, lines at one place, and pages in any order"
    n = int(rng.integers(2, 40))
    wide = box(1, 60, 150, "w", 10, 400)
    places = [
        [box(1, 60, 100, "twice")] * 3 + [box(1, 60, 100, "wide", 10, 400)] * 2,
        rows(f"{n + 9} 60 100 10 c /{n} 60 300 10 b /{10 * n} 60 70 10 d /{n} 60 90 10 a"),
        [*rows("1 310 90 10 r /1 60 200 10 l /1 310 150 10 r2"), wide],
    ]
    alone = {"lines": rows(f"{n} 60 100 10 alone")}
    return [{"lines": []}, alone, *({"lines": shuffled(rng, lines)[0]} for lines in places)]


@probe(
    task=2, points=2, seeds=3, judge=band(0.98, 1.0, says="the mean of Kendall's tau over 70 scanned pages")
)
class Scans:
    "The order of 70 scanned pages, against what they were printed from"

    def make(rng):
        pages, orders = [], []
        while len(pages) < 70:
            boxes, _, _ = document(rng, 1)
            scan = crooked(rng, boxes)
            if 15 <= len(scan) <= 90:
                lines, order = shuffled(rng, scan)
                pages.append(lines)
                orders.append(order)
        return {"pages": pages, "_orders": orders}

    def ask(answer, inputs):
        return [answer.reading_order(lines) for lines in inputs["pages"]]

    def judge(inputs, got):
        if not isinstance(got, list) or len(got) != len(inputs["_orders"]):
            return "a list of numbers of lines is asked for, for each page."
        taus = []
        for order, truth in zip(got, inputs["_orders"], strict=True):
            plain = isinstance(order, list) and all(type(n) is int for n in order)
            if not plain or sorted(order) != sorted(truth):
                return (
                    "not every page got an order of its lines: each position, from 0 to `len(lines) - 1`, "
                    "has to stand in the list exactly once."
                )
            taus.append(kendall(order, truth))
        return sum(taus) / len(taus)


@calls({3: "join_lines"}, truth=plain_join, visible=True, seeds=2, tolerance=EXACT)
def SomeHyphens(rng):
    "Four words at the ends of lines, of which two keep their hyphens"
    word = ["example", "weather", "machine"][int(rng.integers(3))]
    n = int(rng.integers(2, len(word) - 2))
    return {
        "texts": ["a well-", "known " + word[:n] + "-", word[n:] + " of GPT-", "2 or re-", "enter, " + word],
        "known": {"well", "known", word, "re-enter", "enter", "re"},
    }


@calls({3: "join_lines"}, truth=plain_join, points=3, seeds=3, tolerance=EXACT)
def ManyParagraphs(rng):
    "Paragraphs set in narrow and wide lines, with known, unknown and hyphenated words"
    cases = []
    for width in (12, 20, 34, 60):
        words = [word for _ in range(4) for word in words_of_a_sentence(rng)]
        cases.append({"texts": set_lines(rng, words, width), "known": KNOWN})
    return cases


@calls({3: "join_lines"}, truth=plain_join, points=2, seeds=2, tolerance=EXACT, kind="edge")
def EveryBorder(rng):
    "Capitals, digits, dashes, soft hyphens, white space, words known in two ways, words in three lines"
    a, b = (VOCABULARY[int(i)] for i in rng.choice(len(VOCABULARY), 2, replace=False))
    known = {*"well known re sign resign re-sign co op coop the art a b".split(), a, b}
    borders = [border.replace("_", " ") for border in BORDERS]
    borders += [f"{a}-|{b}s", f"x{a}-|{b}", f"  {a} \t {b}\n| {b}  {a} ", "|", "", "| ", a, "so\u00adf|t"]
    cases = [{"texts": border.split("|"), "known": known} for border in borders]
    cases += [{"texts": texts, "known": known} for texts in ([], ["a-", " ", "b", "", "re-", "sign-"])]
    cases.append({"texts": ["co-", "op-", "op", "well-", "known-", "art"], "known": set()})
    cases += [{"texts": ["in-", f"{one}-", other], "known": {one, other}} for one, other in ((a, b), (b, a))]
    halves = {"été", "ñandú", a}
    return [*cases, *({"texts": [f"{a}-", half], "known": halves} for half in ("été", "ñandú b"))]


@calls({4: "to_markdown"}, visible=True, seeds=2, tolerance=EXACT)
def OneSmallDocument(rng):
    "A heading, a paragraph in two columns, a table, and page numbers"
    n = int(rng.integers(2, 90))
    lines = rows(
        "1 60 80 18 About sizes /1 60 110 10 Some of the net- /1 60 122 10 works are small, and the"
        f" /1 310 110 10 others are not. /1 310 132 10 Name   Size"
        f" /1 310 144 10 tiny   {n} MB /1 290 760 8 {n}"
    )
    return {"lines": shuffled(rng, lines)[0], "known": {"networks", "net", "others"}}


@probe(task=4, points=3, seeds=3, tolerance=EXACT)
class WholeDocuments:
    "Documents of three pages in one and two columns, against what they were printed from"

    def make(rng):
        return {**documents(rng, 3, 3), "known": KNOWN}

    def ask(answer, inputs):
        return [answer.to_markdown(lines, inputs["known"]) for lines in inputs["documents"]]

    def truth(inputs):
        return inputs["_markdown"]


@calls({4: "to_markdown"}, points=2, seeds=3, tolerance=EXACT)
def MixedLines(rng):
    "Lines of many sizes, gaps and numbers of cells, in an order that no printer would choose"
    cases = []
    for count in (6, 20, 40):
        lines, y = [], 70.0
        for n in range(count):
            page, x = 1 + n * 3 // count, [60.0, 310.0][n % (count // 3) * 2 // (count // 3)]
            y = 70.0 if n % (count // 3) in (0, count // 6) else y
            size = [10, 10, 10, 10, 8, 12, 14][int(rng.integers(7))]
            text = MIXED[int(rng.integers(len(MIXED)))]
            lines.append(box(page, x, y, text, size))
            y += size + [0, 2, size / 2, size / 2 + 0.25, 12][int(rng.integers(5))]
        cases.append({"lines": shuffled(rng, lines)[0], "known": {"network", "net"}})
    return cases


@calls({4: "to_markdown"}, seeds=2, tolerance=EXACT, kind="edge")
def SmallDocuments(rng):
    "No lines, only a page number, many sizes of headings, sizes with equally many characters, one row"
    n = int(rng.integers(2, 90))
    sizes = [box(1, 60, 70 + 40 * k, "head" + "x" * int(rng.integers(3)), 40 - 3 * k) for k in range(8)]
    text = [box(1, 60, 500, "some text that is longer than any of the headings, " * 2)]
    many = rows(
        f"1 60 100 10 One line with the most characters, {n} /1 60 130 8 Note /1 60 160 8 Note /1 60 190 8 N"
    )
    table = [box(1, 60, 100 + 12 * k, f"{k}   a|b") for k in range(3)]
    table += [box(1, 310, 100 + 12 * k, f"{n}  |") for k in range(2)]
    documents = [
        [],
        rows(f"1 60 760 10 {n}"),
        sizes + text,
        many,
        table,
        rows(f"1 60 100 10 abcdef /1 60 150 14 abcd{n}"),
        rows("1 60 100 14 abcd /1 60 150 10 abc /2 60 150 10 ab"),
        rows(f"1 60 100 14 abcdefgh /1 60 150 10 a      b{n}"),
        rows(f"1 60 100 10 one   row /1 60 112 10 and text /1 60 124 10 {n}   2"),
        rows("1 60 100 10 a   b /1 60 112 10 c   d   e /1 60 124 10 f   g   h"),
        rows(
            "1 60 100 16 A long /1 60 118 16 wo- /1 60 136 16 rd /1 60 165 16 apart /2 310 100 16 umn"
            f" /1 60 300 10 Text of the document, {n} /1 310 100 16 Another col-"
        ),
        rows(
            "1 60 100 10 It goes on /2 60 100 10 here:  /3 60 100 10 and not here /3 310 100 10 but here,"
            " /3 310 130 10 and not here /4 60 90 8 Small /5 60 90 8 one"
        ),
        rows(f"1 60 100 10 It goes on /2 60 300 10 over here {n}. /3 60 500 10 Not here"),
        rows(f"1 60 100 10 a   b /1 60 112 10 c   {n} /1 60 124 10 e   f   g /1 60 136 10 h   i   {n}"),
        rows(f"1 60 100 10 Text {n} /" + " /".join(f"{page} 60 30 8 Of bread, {page}" for page in (1, 2, 3))),
    ]
    return [{"lines": lines, "known": {"word"}} for lines in documents]
