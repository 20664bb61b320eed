"""Text that a learner's program made, as a page may show it: escaped, capped, nothing invisible.

Everything a box says is data. Control characters are drawn as pictures, characters that change the
direction of writing or take no room are named, long lines and long texts are cut where it says so.
"""

from __future__ import annotations

import html
import re
import unicodedata

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

MOST_CHARACTERS = 20_000
MOST_LINES = 500
MOST_COLUMNS = 2_000

# Direction overrides, embeddings and isolates; marks; zero-width and other default-ignorable characters.
_NAMED = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_CODE = re.compile(r"`([^`\n]+)`")


@register.filter
def shown(text: object, most: int = MOST_CHARACTERS) -> SafeString:
    """The text, escaped, with invisible characters made visible and its length capped."""
    whole = str(text).replace("\r\n", "\n")
    cut = whole[:most]
    lines = cut.split("\n")
    parts = [_line(line) for line in lines[:MOST_LINES]]
    result = "\n".join(parts)
    if len(whole) > most or len(lines) > MOST_LINES:
        result += '\n<span class="cut">the rest is not shown</span>'
    return mark_safe(result)  # noqa: S308  every piece was escaped above


@register.filter
def said(message: object) -> SafeString:
    """One of our sentences: `names` in backticks become code. What it quotes from a learner is escaped."""
    text = str(message)[:4_000]
    parts = []
    end = 0
    for match in _CODE.finditer(text):
        parts.append(_visible(text[end : match.start()]))
        parts.append(f'<code class="student-text">{_visible(match[1])}</code>')
        end = match.end()
    parts.append(_visible(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308  every piece was escaped above


def _line(line: str) -> str:
    if len(line) <= MOST_COLUMNS:
        return _visible(line)
    return _visible(line[:MOST_COLUMNS]) + '<span class="cut"> … the line goes on</span>'


def _visible(text: str) -> str:
    escaped = html.escape(text)
    return _NAMED.sub(_name, _CONTROL.sub(_picture, escaped))


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        drawn = chr(0x2400 + code)
    elif code == 0x7F:
        drawn = "\u2421"
    else:
        drawn = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return f'<span class="ctl" title="control character U+{code:04X}">{drawn}</span>'


def _name(match: re.Match[str]) -> str:
    code = ord(match[0])
    name = unicodedata.name(match[0], "invisible character").capitalize()
    return f'<span class="bidi" title="{html.escape(name)}">U+{code:04X}</span>'
