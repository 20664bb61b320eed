"""What a learner is called, or calls a number, is computed by no spreadsheet."""

import pytest

from zero_to_gpt.spreadsheet import plain, typed


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t'=1"),
        ("\n=1", "'\n'=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("Ann;=HYPERLINK(1);", "Ann;'=HYPERLINK(1);"),
        ('Ann;"=1+1;', "Ann;\"'=1+1;"),
        ("Ann\t+1", "Ann\t'+1"),
    ],
)
def test_what_could_be_a_formula_is_marked_as_text(typed: str, written: str) -> None:
    assert plain(typed) == written


@pytest.mark.parametrize(
    "typed", ["", "Ann-Marie O'Neil", "1+1=2", "a; b", "ann+1@example.org", 1.5, None, -3]
)
def test_everything_else_stays_as_it_is(typed: object) -> None:
    assert plain(typed) == typed


@pytest.mark.parametrize("text", ["=1+1", "@home", "\uff1d1", "-3", "Ada", "'quoted'", "O'Hara"])
def test_a_table_that_comes_back_reads_as_it_was(text):
    assert typed(plain(text)) == text
