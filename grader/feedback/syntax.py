"""Turns what Python says about unreadable code into help: the line, what is wrong, what to try."""

# ruff: noqa: E501  (a table of sentences)
from __future__ import annotations

import re
from dataclasses import dataclass

_WORDS = (
    # (what Python says, what is wrong, what to try)
    (r"'(.+)' was never closed", r'"\1" was never closed', "Add the closing bracket, or remove this one."),
    (r"unmatched '(.+)'", r'"\1" closes nothing', "Is there one bracket too many, or an opening one missing?"),
    (
        r"closing parenthesis '(.+)' does not match opening parenthesis '(.+?)'(?: on line (\d+))?",
        r'"\1" does not match the "\2" before it',
        "",
    ),
    (r"expected ':'", "a colon is missing", "if, else, for, while, def and class lines end with a colon."),
    (r"invalid syntax\. Perhaps you forgot a comma\?", "is a comma missing", ""),
    (
        r"invalid syntax\. Maybe you meant '==' or ':=' instead of '='\?",
        'a single "=" stands where a value is compared',
        'Use "==" to compare.',
    ),
    (r"cannot assign to (.+?)(?: here)?\. Maybe you meant '==' instead of '='\?", r"\1 cannot be given a value",
     'Use "==" to compare; what is on the left of "=" must be a name.'),
    (r"unexpected indent", "it is indented further than the line above it", "Remove spaces at its beginning."),
    (
        r"unindent does not match any outer indentation level",
        "its indentation matches no line above it",
        "Lines of one block begin at the same column.",
    ),
    (
        r"expected an indented block after (.+?) on line (\d+)",
        r"the block that belongs to the \1 on line \2 is missing",
        "Indent the lines that belong to it.",
    ),
    (
        r"inconsistent use of tabs and spaces in indentation",
        "it mixes tabs and spaces",
        "Indent with four spaces everywhere.",
    ),
    (r"unterminated string literal.*", "the text in quotes does not end", "Add the closing quote."),
    (
        r"unterminated triple-quoted string literal.*",
        "the text that begins here does not end",
        "Close it with three quotes.",
    ),
    (r"f-string: (.+)", r"in the f-string, \1", ""),
    (r"'(return|yield|await)' outside (?:async )?function", r"`\1` stands outside of a function", "Check the indentation."),
    (r"'(break|continue)' (?:outside loop|not properly in loop)", r"`\1` stands outside of a loop", "Check the indentation."),
    (
        r"invalid character '(.+)' \(U\+(\w+)\)",
        r'the character "\1" (U+\2) is none that Python knows',
        "Was it pasted from a page? Type it again.",
    ),
    (
        r"invalid non-printable character U\+(\w+)",
        r"there is an invisible character (U+\1)",
        "Was it pasted from a page? Type the line again.",
    ),
    (r"Missing parentheses in call to '(\w+)'.*", r"`\1` is a function", r"Write \1(...)."),
    (r"positional argument follows keyword argument.*", "an argument without a name follows one with a name",
     "Put the named arguments last."),
    (r"(?:non-default argument follows default argument|parameter without a default.*)",
     "a parameter without a default follows one with a default", "Put the parameters with defaults last."),
    (r"duplicate argument '(\w+)' in function definition", r"two parameters are named `\1`", ""),
    (r"EOL while scanning.*|unexpected EOF while parsing", "the code ends too early", ""),
    (r"unexpected character after line continuation character", 'something follows a "\\"', ""),
    (r"invalid syntax", "Python does not understand it", "Look at the end of the line above it, too."),
    (r"too many (?:statically )?nested (.+)", r"there are too many nested \1", ""),
    (r"Exceeds the limit .* for integer string conversion.*", "the number has too many digits", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Unreadable:
    """A text that is not Python: the sentence begins with the line, `help` says what to try."""

    what: str
    line: int | None = None
    help: str = ""

    @property
    def sentence(self) -> str:
        subject = f"Line {self.line}" if self.line else "Your code"
        return f"{subject} cannot be read: {self.what}{'?' if self.what.startswith('is ') else '.'}"


def explained(message: str, line: int | None, text: str) -> Unreadable:
    """What Python's own message about a line of a text means. Whoever says it may be a box."""
    lines = text.split("\n")
    line = line if line and 0 < line <= len(lines) else None
    code = lines[line - 1].strip() if line else ""
    if code.startswith(("%", "!")):
        return Unreadable(
            f'"{code[:1]}" commands of notebooks do not work here',
            line,
            "Only Python is run; delete the line.",
        )
    message = message or "invalid syntax"
    for pattern, what, hint in _WORDS:
        match = re.fullmatch(pattern, message)
        if match:
            return Unreadable(match.expand(what), line, match.expand(hint) if "\\1" in hint else hint)
    return Unreadable(message.rstrip("."), line)
