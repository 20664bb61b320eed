import html
import re
import unicodedata

TABLE = re.compile("[" + "".join(BYTE_OF) + "]+")
INVISIBLE = {"\u00ad", "\u200b", "\u2060", "\ufeff"}
SHORTEST = {"en": 40, "zh": 12}


def repair(text):
    """A file has one encoding: either every run of these characters is UTF-8, or nothing was broken."""
    try:
        return TABLE.sub(lambda run: bytes(BYTE_OF[c] for c in run[0]).decode("utf-8"), text)
    except UnicodeDecodeError:
        return text


def one_round(text):
    while (mended := repair(text)) != text:
        text = mended
    text = unicodedata.normalize("NFC", text)
    text = re.sub("\r\n|\r|\u2028|\u2029", "\n", text)
    text = "".join(" " if c in "\t\v\f" or unicodedata.category(c) == "Zs" else c for c in text)
    text = "".join(c for c in text if c == "\n" or (unicodedata.category(c) != "Cc" and c not in INVISIBLE))
    text = re.sub(r"(?<=[^ \n]) +", " ", text)
    text = re.sub(r" +$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\n{3,}", "\n\n", text)
    return text.strip("\n")


def clean_text(text):
    """Rounds, because a late rule can make work for an early one; the end is where nothing changes."""
    while (cleaner := one_round(text)) != text:
        text = cleaner
    return text


def is_good(record):
    """The table of the filter, a line each; every text is clean by now."""
    question, answer = record["question"], record["answer"]
    letters = [unicodedata.category(c)[0] in "LMN" for c in answer if not c.isspace()]
    lines = [line.strip() for line in answer.split("\n") if line.strip()]
    return (
        record["licence"] in LICENCES
        and record["votes"] >= 1
        and question != ""
        and "\ufffd" not in question + answer
        and SHORTEST[record["lang"]] <= len(answer) <= 600
        and sum(letters) / len(letters) >= 0.5
        and (len(lines) - len(set(lines))) / len(lines) <= 0.3
    )


def clean(records):
    """What was done last is undone first: the reading, then the entities. The filter sees clean texts."""
    kept = []
    for record in records:
        record = dict(record)
        for field in ("question", "answer"):
            record[field] = clean_text(record[field])
            if record["escaped"]:
                record[field] = clean_text(html.unescape(record[field]))
        record["escaped"] = False
        if is_good(record):
            kept.append(record)
    return kept
