"""Rules as a list of patterns, characters exchanged with `str.translate`, and a generator for the records."""

import html
import re
import unicodedata

EVERY = [chr(code) for code in range(0x3001)]
EXCHANGE = {ord(c): None for c in EVERY if unicodedata.category(c) == "Cc"}
EXCHANGE |= {0xAD: None, 0x200B: None, 0x2060: None, 0xFEFF: None}
EXCHANGE |= {ord(c): " " for c in EVERY if unicodedata.category(c) == "Zs"}
EXCHANGE |= dict.fromkeys([9, 11, 12], " ") | dict.fromkeys([10, 13, 0x2028, 0x2029], "\n")
RULES = [("(?<!^)(?<! ) {2,}", " "), (" +$", ""), ("\n\n\n+", "\n\n"), (r"\A\n+", ""), (r"\n+\Z", "")]
RUN = re.compile(f"[{''.join(BYTE_OF)}]+")


def repair(text):
    mended, end = [], 0
    for run in RUN.finditer(text):
        try:
            means = bytes(map(BYTE_OF.get, run.group())).decode()
        except UnicodeError:
            return text
        mended += [text[end : run.start()], means]
        end = run.end()
    return "".join(mended) + text[end:]


def clean_text(text):
    before = None
    while before != text:
        before = text
        while text != (text := repair(text)):
            pass
        text = unicodedata.normalize("NFC", text)
        text = text.replace("\r\n", "\n").translate(EXCHANGE)
        for pattern, instead in RULES:
            text = re.sub(pattern, instead, text, flags=re.M)
    return text


def reasons(record):
    """Why a record goes; nothing for a good one."""
    answer = record["answer"]
    kinds = [unicodedata.category(c)[:1] for c in answer if not c.isspace()]
    lines = re.findall(r"\S.*", answer)
    if record["licence"] not in LICENCES:
        yield "licence"
    if record["votes"] < 1:
        yield "votes"
    if not record["question"]:
        yield "question"
    if "\ufffd" in answer or "\ufffd" in record["question"]:
        yield "lost"
    if len(answer) < (12 if record["lang"] == "zh" else 40) or len(answer) > 600:
        yield "length"
    if sum(map(kinds.count, "LMN")) < 0.5 * len(kinds):
        yield "letters"
    if len(lines) - len(set(lines)) > 0.3 * len(lines):
        yield "lines"


def clean(records):
    kept = []
    for record in records:
        new = record.copy()
        layers = [clean_text, html.unescape, clean_text] if new["escaped"] else [clean_text]
        for layer in layers:
            new["question"], new["answer"] = layer(new["question"]), layer(new["answer"])
        new["escaped"] = False
        if not any(reasons(new)):
            kept.append(new)
    return kept
