"""Sorts by bands with bisect, replaces one line break after another, and asks where blocks break."""

import re
from bisect import bisect_right


def running_lines(lines):
    seen = set()
    for line in lines:
        seen.add((look_of(line), line["page"]))
    found = []
    for n, line in enumerate(lines):
        look = look_of(line)
        if look is None:
            continue
        if re.fullmatch("[0-9]+", line["text"].strip()) or sum(other == look for other, _ in seen) >= 2:
            found.append(n)
    return found


def look_of(line):
    if line["y1"] <= 60:
        where = -1
    elif line["y0"] >= 740:
        where = 1
    else:
        return None
    return where, *re.split("[0-9]+", line["text"].strip())


def reading_order(lines):
    order = []
    by_page = {}
    for n, line in enumerate(lines):
        by_page.setdefault(line["page"], []).append(n)
    for page in sorted(by_page):
        here = sorted(by_page[page], key=lambda n: (lines[n]["y0"], lines[n]["x0"]))
        side = {
            n: "left" if lines[n]["x1"] <= 300 else "right" if lines[n]["x0"] >= 300 else "wide" for n in here
        }
        wide = [n for n in here if side[n] == "wide"]
        heights = [lines[n]["y0"] for n in wide]
        bands = [{"left": [], "right": []} for _ in range(len(wide) + 1)]
        for n in here:
            if side[n] != "wide":
                bands[bisect_right(heights, lines[n]["y0"])][side[n]].append(n)
        for n, band in enumerate(bands):
            order += wide[n - 1 : n] if n else []
            order += band["left"] + band["right"]
    return order


def join_lines(texts, known):
    text = "\n".join(filter(None, (re.sub(r"\s+", " ", text).strip() for text in texts)))
    while "\n" in text:
        before, _, after = text.partition("\n")
        if before[-1] == "\u00ad":
            text = before[:-1] + after
        elif re.search(r"-\Z", before) and before[-2:-1].isalnum() and after[0].isalnum():
            text = hyphened(before, after, known)
        else:
            text = before + " " + after
    return text


def hyphened(before, after, known):
    left = re.split(r"[\W\d_]", before[:-1])[-1].lower()
    right = re.split(r"[\W\d_]", after)[0].lower()
    if not left or not after[0].islower():
        return before + after
    if left + "-" + right in known:
        return before + after
    if left + right in known:
        return before[:-1] + after
    if left in known and right in known:
        return before + after
    return before[:-1] + after


def to_markdown(lines, known):
    out = set(running_lines(lines))
    lines = [lines[n] for n in range(len(lines)) if n not in out]
    lines = [lines[n] for n in reading_order(lines)]
    if not lines:
        return ""
    total = {}
    for line in lines:
        total[line["size"]] = total.get(line["size"], 0) + len(line["text"])
    body = sorted(total, key=lambda size: (-total[size], size))[0]
    levels = {size: n + 1 for n, size in enumerate(sorted({s for s in total if s > body})[::-1])}
    parts = [re.split("  +", line["text"].strip()) for line in lines]
    last = len(lines) - 1

    def near(n):
        a, b = lines[n - 1], lines[n]
        if a["page"] != b["page"] or a["size"] != b["size"]:
            return False
        return a["y0"] < b["y0"] <= a["y1"] + b["size"] / 2

    rows = [
        0 < n and near(n) and lines[n]["size"] <= body and len(parts[n - 1]) == len(parts[n]) > 1
        for n in range(last + 1)
    ]
    rows.append(False)

    def breaks(n):
        a, b = lines[n - 1], lines[n]
        if a["size"] != b["size"]:
            return True
        if b["size"] in levels:
            return not near(n)
        if rows[n] or rows[n + 1] or rows[n - 1]:
            return not rows[n]
        jumped = a["page"] != b["page"] or b["y0"] <= a["y0"]
        return not near(n) and not (jumped and not a["text"].rstrip().endswith((".", "!", "?", ":")))

    starts = [0] + [n for n in range(1, last + 1) if breaks(n)] + [last + 1]
    blocks = []
    for first, end in zip(starts, starts[1:]):
        if rows[first + 1] if end - first > 1 else False:
            table = [
                "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in parts[first:end]
            ]
            table.insert(1, "| " + " | ".join("---" for _ in parts[first]) + " |")
            blocks.append("\n".join(table))
            continue
        text = join_lines([line["text"] for line in lines[first:end]], known)
        level = levels.get(lines[first]["size"], 0)
        blocks.append("#" * min(level, 6) + " " * (level > 0) + text)
    return "\n\n".join(blocks)
