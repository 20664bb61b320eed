"""Gives each line an object that knows its margin, its side and its cells, and compares such objects."""

import functools
import re


@functools.total_ordering
class Line:
    def __init__(self, n, line):
        self.n = n
        self.page, self.size, self.text = line["page"], line["size"], line["text"]
        self.left, self.top, self.right, self.bottom = line["x0"], line["y0"], line["x1"], line["y1"]
        self.wide = self.left < 300 and self.right > 300
        self.above = 0
        bare = self.text.strip(" ")
        self.cells = [cell for cell in re.split("  +", bare)]
        self.margin = "T" if self.bottom <= 60 else "B" if self.top >= 740 else None
        self.number = bool(re.match(r"[0-9]+\Z", bare))
        self.look = self.margin, tuple("9" if c.isascii() and c.isdigit() else c for c in bare)
        self.look = self.margin, re.sub("9+", "9", "".join(self.look[1]))

    def __eq__(self, other):
        return self.n == other.n

    def __lt__(self, other):
        if self.page != other.page:
            return self.page < other.page
        if self.above != other.above:
            return self.above < other.above
        if self.wide != other.wide:
            return self.wide
        if not self.wide and (self.right > 300) != (other.right > 300):
            return other.right > 300
        return self.place < other.place

    @property
    def place(self):
        return self.top, self.left, self.n

    def under(self, other):
        return self.page == other.page and self.top > other.top

    def near(self, other):
        return self.under(other) and self.size == other.size and self.top - other.bottom <= self.size / 2


def as_objects(lines):
    found = [Line(n, line) for n, line in enumerate(lines)]
    for line in found:
        for border in found:
            if border.wide and border.page == line.page:
                if line.wide:
                    line.above += border.place <= line.place
                else:
                    line.above += border.top <= line.top
    return found


def running(found):
    pages = {}
    for line in found:
        pages.setdefault(line.look, []).append(line.page)
    return [line for line in found if line.margin and (line.number or len(set(pages[line.look])) > 1)]


def running_lines(lines):
    return [line.n for line in running(as_objects(lines))]


def reading_order(lines):
    return [line.n for line in sorted(as_objects(lines))]


def join_lines(texts, known):
    out = []  # characters
    for text in texts:
        text = list(" ".join(text.split()))
        if out and text:
            hyphen = out[-1] == "-" and len(out) > 1 and out[-2].isalnum() and text[0].isalnum()
            if out[-1] == "\u00ad" or hyphen and goes("".join(out), "".join(text), known):
                out.pop()
            elif not hyphen:
                out.append(" ")
        out += text
    return "".join(out)


def goes(before, after, known):
    left, right = before[:-1], after
    while not all(map(str.isalpha, left)):
        left = left[1:]
    while not all(map(str.isalpha, right)):
        right = right[:-1]
    if left == "" or after[0] != after[0].lower() or not right or after[0] == after[0].upper():
        return False
    left, right = left.lower(), right.lower()
    stays = f"{left}-{right}" in known or ({left, right}.issubset(known) and not {left + right} & known)
    return not stays


def to_markdown(lines, known):
    gone = running_lines(lines)
    found = sorted(as_objects([line for n, line in enumerate(lines) if n not in gone]))
    sizes = {}
    for line in found:
        sizes[line.size] = sizes.get(line.size, 0) + len(line.text)
    most = max(sizes.values(), default=0)
    body = min([size for size, count in sizes.items() if count == most], default=0)
    for line in found:
        line.kind = "text" if line.size <= body else "heading"
        line.follows = None
    for a, b in zip(found, found[1:]):
        if b.kind == "text" and b.near(a) and len(a.cells) == len(b.cells) > 1:
            b.follows = a
    for line in found:
        if line.follows:
            line.kind = line.follows.kind = "table"
    for a, b in zip(found, found[1:]):
        if a.kind == b.kind and a.size == b.size and b.kind != "table":
            mark = a.text.rstrip(" ")[-1] in ".!?:"
            if b.near(a) or (b.kind == "text" and not b.under(a) and not mark):
                b.follows = a
    blocks = []
    for line in found:
        if line.follows:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    heads = sorted({size for size in sizes if size > body}, reverse=True)
    return "\n\n".join(marked(block, heads, known) for block in blocks)


def marked(block, heads, known):
    first = block[0]
    if first.kind == "table":
        rows = [[re.sub(r"\|", r"\\|", cell) for cell in line.cells] for line in block]
        rows[1:1] = [["---" for _ in first.cells]]
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)
    text = join_lines([line.text for line in block], known)
    return text if first.kind == "text" else f"{'######'[: heads.index(first.size) + 1]} {text}"
