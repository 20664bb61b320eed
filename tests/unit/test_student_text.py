"""Text from a learner's program on a page: nothing runs, nothing hides, nothing is endless."""

import pytest
from django.template import Context, Template

from zero_to_gpt.site.templatetags.student_text import MOST_COLUMNS, MOST_LINES, said, shown


def test_markup_is_text():
    assert shown('<script>alert(1)</script> & "it\'s"') == (
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;it&#x27;s&quot;"
    )


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("a\x00b", "␀"),
        ("a\x08b", "␈"),
        ("progress\rdone", "␍"),
        ("\x1b[2J", "␛"),
        ("\x7f", "␡"),
        ("\x9b31m", "\\x9b"),
        ("\ud800", "\\ud800"),
    ],
)
def test_control_characters_are_drawn(text, drawn):
    result = shown(text)
    assert f">{drawn}</span>" in result
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in result)


@pytest.mark.parametrize(
    "char", ["\u202e", "\u2066", "\u200b", "\u200f", "\ufeff", "\u2028", "\U000e0041", "\ufe0f"]
)
def test_characters_that_hide_or_turn_text_are_named(char):
    result = shown(f"pass{char}ed")
    assert char not in result
    assert f"U+{ord(char):04X}</span>" in result


def test_ordinary_text_of_any_language_stays():
    assert shown("Grüße, 你好, שלום, x²\n\tindented") == "Grüße, 你好, שלום, x²\n\tindented"


def test_long_texts_and_lines_are_cut_and_say_so():
    assert "the rest is not shown" in shown("x\n" * (MOST_LINES + 5))
    assert "the rest is not shown" in shown("x" * 50_000)
    long_line = shown("x" * (MOST_COLUMNS + 1), 10_000)
    assert "the line goes on" in long_line
    assert "x" * (MOST_COLUMNS + 1) not in long_line


def test_a_sentence_shows_names_as_code_and_never_markup():
    assert said("`softmax` raised <b>`") == '<code class="student-text">softmax</code> raised &lt;b&gt;`'
    assert said("`<img src=x onerror=alert(1)>`") == (
        '<code class="student-text">&lt;img src=x onerror=alert(1)&gt;</code>'
    )


def test_the_filters_are_safe_in_a_template():
    template = Template("{% load student_text %}<pre>{{ text|shown }}</pre>")
    assert template.render(Context({"text": "</pre><script>"})) == "<pre>&lt;/pre&gt;&lt;script&gt;</pre>"
