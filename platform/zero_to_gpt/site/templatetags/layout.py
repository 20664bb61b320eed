"""Small things that every page needs: icons, the mark of the site, whether mails leave this machine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.utils.dateformat import format as written
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# Drawn on a 24 x 24 grid with a stroke of 2; see .icon in components.css.
_ICONS = {
    "check": '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
    "cross": '<path d="M7 7l10 10M17 7L7 17"/>',
    "minus": '<path d="M6 12h12"/>',
    "dot": '<circle cx="12" cy="12" r="3"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>',
    "stop": '<rect x="6.5" y="6.5" width="11" height="11" rx="1.5"/>',
    "alert": '<path d="M12 4L2.8 19.5h18.4z"/><path d="M12 10v4.2M12 17v.1"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.1"/>',
    "memory": '<rect x="6" y="6" width="12" height="12" rx="1.5"/><path d="M9 2.5V6m6-3.5V6M9 18v3.5m6-3.5'
    'v3.5M2.5 9H6m-3.5 6H6m12-6h3.5M18 15h3.5"/>',
    "play": '<path d="M8 5.5v13l10.5-6.5z"/>',
    "arrow": '<path d="M5 12h14M13 6l6 6-6 6"/>',
    "back": '<path d="M19 12H5M11 6l-6 6 6 6"/>',
    "book": '<path d="M4.5 5.5c3-1.3 5.5-1 7.5.5v13c-2-1.5-4.5-1.8-7.5-.5z'
    'M19.5 5.5c-3-1.3-5.5-1-7.5.5v13c2-1.5 4.5-1.8 7.5-.5z"/>',
    "help": '<circle cx="12" cy="12" r="9"/>'
    '<path d="M9.3 9.5a2.7 2.7 0 1 1 3.9 2.4c-.9.5-1.2 1-1.2 1.9M12 16.8v.1"/>',
    "lock": '<rect x="5.5" y="10.5" width="13" height="9" rx="2"/>'
    '<path d="M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5 5"/>',
    "down": '<path d="M6 9.5l6 6 6-6"/>',
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture beside a word; the word carries the meaning, so the picture is hidden from readers."""
    drawing = mark_safe(_ICONS[name])  # noqa: S308  from the table above
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', drawing)


def triangle(size: int, step: float, side: float, radius: float) -> str:
    """The mark of the site: a causal mask. Row i sees columns 0 to i; the newest is hot."""
    cells = []
    for row in range(size):
        for column in range(size):
            css = "mark-hot" if column == row else "mark-on" if column < row else "mark-off"
            cells.append(
                f'<rect class="{css}" x="{column * step:g}" y="{row * step:g}" '
                f'width="{side:g}" height="{side:g}" rx="{radius:g}"/>'
            )
    return "".join(cells)


@register.simple_tag
def mark() -> SafeString:
    drawing = mark_safe(triangle(4, 6.2, 5.0, 1.2))  # noqa: S308  numbers of ours
    return format_html('<svg viewBox="0 0 23.6 23.6" aria-hidden="true">{}</svg>', drawing)


@register.simple_tag
def attention_art(size: int = 13) -> SafeString:
    """The picture of the landing page: an attention pattern under a causal mask."""
    cells = []
    for row in range(size):
        for column in range(size):
            x, y = column * 10, row * 10
            if column > row:
                cells.append(f'<rect class="art-cell z" x="{x}" y="{y}" width="8.6" height="8.6" rx="1.8"/>')
                continue
            # A fixed, irregular but smooth pattern: recent tokens, a few columns that all rows look at.
            weight = 0.16 + 0.84 / (1 + 0.55 * (row - column))
            if column in (0, 4):
                weight = max(weight, 0.72 - 0.02 * row)
            weight *= 0.62 + 0.38 * (((row * 7 + column * 11) % 10) / 9)
            css = "art-cell o" if (row * 5 + column * 3) % 7 == 0 or column == row else "art-cell"
            cells.append(
                f'<rect class="{css}" x="{x}" y="{y}" width="8.6" height="8.6" rx="1.8" '
                f'opacity="{min(1.0, weight):.2f}"/>'
            )
    drawing = mark_safe("".join(cells))  # noqa: S308  numbers of ours
    return format_html(
        '<svg class="hero-art" viewBox="0 0 {0} {0}" role="img" '
        'aria-label="A causal attention pattern: each row looks only at the columns before it">{1}</svg>',
        size * 10 - 1.4,
        drawing,
    )


@register.simple_tag
def moment(at: datetime, exact: bool) -> SafeString:
    """A time, which the page's script writes in the reader's own zone; to the second where `exact`."""
    text = written(at, "j M Y, H:i:s" if exact else "j M Y, H:i")
    mark = mark_safe(" data-exact") if exact else ""
    return format_html('<time datetime="{}"{}>{} UTC</time>', at.isoformat(), mark, text)


@register.simple_tag
def mails_stay_here() -> bool:
    """Whether mails are printed by the server instead of sent: pages that promise one must say so."""
    return bool(settings.MAIL_ON_CONSOLE)


@register.simple_tag(takes_context=True)
def current_page(context: dict[str, Any], *names: str) -> SafeString:
    """` aria-current="page"` when the page shown is one of these."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    return SafeString(' aria-current="page"' if match and match.view_name in names else "")
