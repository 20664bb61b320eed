import re
from collections import Counter
from itertools import takewhile

MIDDLE, TOP, BOTTOM = 300, 60, 740


def margin(line):
    """Which margin the line stands in: "top", "bottom" or ""."""
    return "top" if line["y1"] <= TOP else "bottom" if line["y0"] >= BOTTOM else ""


def running_lines(lines):
    """What stands in the same margin of two pages is no part of the text."""
    looks = [(margin(line), re.sub("[0-9]+", "0", line["text"].strip())) for line in lines]
    pages = {}
    for look, line in zip(looks, lines):
        pages.setdefault(look, set()).add(line["page"])
    return [n for n, look in enumerate(looks) if look[0] and (look[1] == "0" or len(pages[look]) > 1)]


def reading_order(lines):
    """Each line gets a key: its page, its band, its side, its place."""
    wide = {}
    for n, line in enumerate(lines):
        if line["x0"] < MIDDLE < line["x1"]:
            wide.setdefault(line["page"], []).append((line["y0"], line["x0"], n))

    def key(n):
        line = lines[n]
        place = (line["y0"], line["x0"], n)
        borders = sorted(wide.get(line["page"], []))
        if place in borders:
            return line["page"], borders.index(place) + 1, 0, place
        band = sum(border[0] <= line["y0"] for border in borders)
        return line["page"], band, 1 if line["x1"] <= MIDDLE else 2, place

    return sorted(range(len(lines)), key=key)


def join_lines(texts, known):
    """A hyphen at the end of a line is the page's or the word's: what is known decides."""
    joined = ""
    for text in texts:
        text = " ".join(text.split())
        if not joined or not text:
            joined += text
        elif joined[-1] == "\u00ad":
            joined = joined[:-1] + text
        elif joined[-1] == "-" and joined[-2:-1].isalnum() and text[0].isalnum():
            if joined[-2].isalpha() and text[0].islower():
                left = "".join(takewhile(str.isalpha, joined[-2::-1]))[::-1].lower()
                right = "".join(takewhile(str.isalpha, text)).lower()
                two_words = left in known and right in known and left + right not in known
                if not two_words and f"{left}-{right}" not in known:
                    joined = joined[:-1]
            joined += text
        else:
            joined += " " + text
    return joined


def cells(line):
    return re.split(" {2,}", line["text"].strip())


def below(above, line):
    return above["page"] == line["page"] and above["y0"] < line["y0"]


def near(above, line):
    """The next line of the same kind of text, directly underneath."""
    close = line["y0"] - above["y1"] <= line["size"] / 2
    return below(above, line) and close and above["size"] == line["size"]


def to_markdown(lines, known):
    """Drop, order, sort into kinds, join."""
    dropped = set(running_lines(lines))
    kept = [line for n, line in enumerate(lines) if n not in dropped]
    kept = [kept[n] for n in reading_order(kept)]
    letters = Counter()
    for line in kept:
        letters[line["size"]] += len(line["text"])
    body = min(letters, key=lambda size: (-letters[size], size), default=0)
    larger = sorted((size for size in letters if size > body), reverse=True)
    pairs = [
        near(above, line) and line["size"] <= body and len(cells(above)) == len(cells(line)) > 1
        for above, line in zip(kept, kept[1:])
    ]
    blocks = []
    for n, line in enumerate(kept):
        kind = (
            "heading" if line["size"] > body else "table" if True in pairs[max(0, n - 1) : n + 1] else "text"
        )
        above = kept[n - 1]
        goes_on = bool(blocks) and blocks[-1][0] == kind and above["size"] == line["size"]
        if kind == "table":
            goes_on = goes_on and pairs[n - 1]
        elif kind == "heading":
            goes_on = goes_on and near(above, line)
        else:
            broken = not below(above, line) and above["text"].strip()[-1] not in ".!?:"
            goes_on = goes_on and (near(above, line) or broken)
        if goes_on:
            blocks[-1][1].append(line)
        else:
            blocks.append((kind, [line]))
    return "\n\n".join(written(kind, block, larger, known) for kind, block in blocks)


def written(kind, block, larger, known):
    if kind == "table":
        rows = [[cell.replace("|", "\\|") for cell in cells(line)] for line in block]
        rows.insert(1, ["---"] * len(rows[0]))
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)
    text = join_lines([line["text"] for line in block], known)
    if kind == "heading":
        return "#" * min(6, larger.index(block[0]["size"]) + 1) + " " + text
    return text
