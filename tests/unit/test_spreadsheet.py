"""What people typed is text in a spreadsheet, whatever it begins with."""

from __future__ import annotations

import pytest

from zero_to_gpt.spreadsheet import plain


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
)
def test_what_could_be_a_formula_is_marked_as_text(sign):
    assert plain(f"{sign}HYPERLINK(1)") == f"'{sign}HYPERLINK(1)"


@pytest.mark.parametrize("value", ["Ada", "", "1 = 1", "Ada-Grace", -3, 0.5, None, True])
def test_everything_else_stays_as_it_is(value):
    assert plain(value) is value
