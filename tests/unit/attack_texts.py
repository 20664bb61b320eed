"""Short texts of learners that cost a careless reader gigabytes or minutes, by what they are."""

from __future__ import annotations

LARGEST = 255 * 1024


def _nested(levels: int) -> str:
    """Each `finally` is compiled once for every way out of its `try`: three times more for each level."""
    lines = ["def f():"]
    for level in range(levels):
        lines.append("  " * level + " try: return 1")
        lines.append("  " * level + " finally:")
    lines.append("  " * levels + " pass")
    return "\n".join(lines)


def _flat(statements: int, returns: int) -> str:
    lines = ["def f(x):", " try:", *["  if x: return"] * returns, " finally:", *["  x"] * statements]
    return "\n".join(lines)


PARSED = {
    "nested finally": _nested(18),
    "flat finally": _flat(1_500, 2_400),
    "nested blocks": "".join(f"{' ' * n}with a:\n" for n in range(90)) + " " * 90 + "pass",
    "nested comprehensions": "[" * 40 + "0" + "".join(f" for a{n} in b]" for n in range(40)),
}
"""What `ast.parse` takes lightly and a compiler may not."""

REFUSED = {
    "many statements": "a;" * (LARGEST // 2),
    "many statements after comments": "# '\n" * 1000 + "a;" * 120_000,
    "many statements after strings": "'''#''';\"\\\"#\";" + "a;" * 120_000,
    "a list": "[" + "1," * 120_000 + "]",
    "many lines": "\n" * LARGEST,
    "an f-string": 'f"' + "{a}" * 80_000 + '"',
    "many f-strings": 'f"{a}";' * 36_000,
    "deep f-strings": "x = " + 'f"{' * 200 + "1" + '}"' * 200,
    "brackets": "(" * 100_000 + ")" * 100_000,
    "indents": "".join(" " * n + "if 1:\n" for n in range(120)) + " " * 120 + "pass",
    "minus": "-" * 100_000 + "1",
    "attributes": "x" + ".a" * 120_000,
    "a long integer": "x = " + "9" * 200_000,
    "unary nots": "not " * 60_000 + "1",
    "quotes": "'" * LARGEST,
    "three quotes": '"""a' * 60_000,
    "lambdas": "lambda: " * 30_000 + "1",
    "decorators": "@a\n" * 80_000 + "def f(): pass",
}
"""What is told to a learner before anything of it could run."""
