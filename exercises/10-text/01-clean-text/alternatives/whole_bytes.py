"""Mends by the bytes of the whole text, goes through characters without patterns, and calls itself again."""

import html
import unicodedata


def repair(text):
    data = bytearray()
    for c in text:
        if c in BYTE_OF:
            data.append(BYTE_OF[c])
        else:
            data += c.encode("utf-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return text


def mend(text):
    again = repair(text)
    return text if again == text else mend(again)


def clean_text(text):
    new = unicodedata.normalize("NFC", mend(text)).replace("\r\n", "\n")
    out = []
    for c in new:
        if c in "\r\u2028\u2029":
            c = "\n"
        elif c in "\t\v\f" or unicodedata.category(c) == "Zs":
            c = " "
        if c == "\n" or not (unicodedata.category(c) == "Cc" or c in "\u00ad\u200b\u2060\ufeff"):
            out.append(c)
    lines = []
    for line in "".join(out).split("\n"):
        line = line.rstrip(" ")
        indent = len(line) - len(line.lstrip(" "))
        line = line[:indent] + " ".join(filter(None, line.split(" ")))
        if line or (lines and lines[-1]):
            lines.append(line)
    new = "\n".join(lines)
    if new.endswith("\n"):
        new = new[:-1]
    return new if new == text else clean_text(new)


def stays(record):
    q, a = record["question"], record["answer"]
    if not q or "\ufffd" in q or "\ufffd" in a:
        return False
    if record["licence"] not in LICENCES or record["votes"] <= 0:
        return False
    if not {"en": 40, "zh": 12}[record["lang"]] <= len(a) <= 600:
        return False
    solid = "".join(a.split())
    letters = sum(unicodedata.category(c)[0] in ("L", "M", "N") for c in solid)
    lines = [line.strip() for line in a.split("\n")]
    lines = [line for line in lines if line]
    again = sum(line in lines[:at] for at, line in enumerate(lines))
    return 2 * letters >= len(solid) and 10 * again <= 3 * len(lines)


def clean(records):
    done = []
    for record in records:
        texts = {name: clean_text(record[name]) for name in ("question", "answer")}
        if record["escaped"]:
            texts = {name: clean_text(html.unescape(text)) for name, text in texts.items()}
        done.append({**record, "escaped": False, **texts})
    return [record for record in done if stays(record)]
