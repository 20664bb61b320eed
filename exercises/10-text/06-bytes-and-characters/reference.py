import re

CLOSING = '["”’）)」』]*'
END = re.compile(rf"[。！？]{CLOSING}|[.!?]{CLOSING}(?=\s|\Z)")
HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"


def code_points(text):
    """The numbers of the characters; a surrogate is none."""
    points = [ord(character) for character in text]
    for n in points:
        if 0xD800 <= n <= 0xDFFF:
            raise ValueError(f"the text holds the lone surrogate {n:#x}, which is no character")
    return points


def utf8_tokens(text):
    """Six bits to each byte that goes on; what is left stands in the first."""
    tokens = []
    for n in code_points(text):
        if n < 0x80:
            tokens += [n]
        elif n < 0x800:
            tokens += [0xC0 + n // 64, 0x80 + n % 64]
        elif n < 0x10000:
            tokens += [0xE0 + n // 64**2, 0x80 + n // 64 % 64, 0x80 + n % 64]
        else:
            tokens += [0xF0 + n // 64**3, 0x80 + n // 64**2 % 64, 0x80 + n // 64 % 64, 0x80 + n % 64]
    return tokens


def utf16_tokens(text):
    """Twenty bits above 0x10000 are ten and ten."""
    tokens = []
    for n in code_points(text):
        if n < 0x10000:
            tokens += [n]
        else:
            high, low = divmod(n - 0x10000, 1024)
            tokens += [0xD800 + high, 0xDC00 + low]
    return tokens


def utf16_text(data):
    """The byte order first, then numbers, then characters."""
    if len(data) % 2:
        raise ValueError(f"{len(data)} bytes are no whole number of tokens")
    upper, start = 0, 0
    if data[:2] == b"\xfe\xff":
        start = 2
    elif data[:2] == b"\xff\xfe":
        upper, start = 1, 2
    tokens = [256 * data[i + upper] + data[i + 1 - upper] for i in range(start, len(data), 2)]
    characters, high = [], None
    for token in tokens:
        if (high is not None) != (0xDC00 <= token <= 0xDFFF):
            raise ValueError(f"half a surrogate pair at {token:#x}")
        if high is not None:
            characters.append(chr(0x10000 + (high - 0xD800) * 1024 + token - 0xDC00))
            high = None
        elif 0xD800 <= token <= 0xDBFF:
            high = token
        else:
            characters.append(chr(token))
    if high is not None:
        raise ValueError(f"half a surrogate pair at the end, {high:#x}")
    return "".join(characters)


def language(sentence):
    """Chinese "zh", English "en" or "", by the number of Han characters and of other words."""
    han = len(re.findall(f"[{HAN}]", sentence))
    letters = "".join(c if c.isalpha() and not re.match(f"[{HAN}]", c) else " " for c in sentence)
    words = len(letters.split())
    return "zh" if han > words else "en" if words else ""


def passages(paragraph):
    """(language, text) of each passage, found in a copy in which code is hidden."""
    hidden = re.sub("`[^`]*`", lambda code: "_" * len(code[0]), paragraph)
    ends = [end.end() for end in END.finditer(hidden)]
    found = []
    start = 0
    for end in [*ends, len(hidden)]:
        spoken = language(hidden[start:end])
        if found and spoken in ("", found[-1][0]):
            found[-1][2] = end
        elif found and not found[-1][0]:
            found[-1][0], found[-1][2] = spoken, end
        else:
            found.append([spoken, start, end])
        start = end
    return [(spoken, paragraph[start:end].strip()) for spoken, start, end in found if spoken]


def pair_paragraphs(text):
    """An English passage waits for the next one, and no longer."""
    pairs, waiting = [], ""
    for paragraph in re.split(r"\n\s*\n", text):
        for spoken, passage in passages(paragraph):
            if spoken == "zh":
                pairs.append((waiting, passage))
                waiting = ""
            else:
                if waiting:
                    pairs.append((waiting, ""))
                waiting = passage
    return pairs + [(waiting, "")] * bool(waiting)
