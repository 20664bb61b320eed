"""What `the_name` is asked: texts with runs and ties, other scripts, and nothing at all."""

from grader.language import EXACT, calls

OTHER_SCRIPTS = "深度学习从零开始 été Straße 🙂🙃"


def exact(text):
    """The right answer by another way than reference.py: slow and clear."""
    return text  # FILL: the slow way


def some_text(rng, length, letters="abcdé "):
    """A text of few letters, in which runs are frequent."""
    found = ""
    while len(found) < length:
        found += letters[int(rng.integers(len(letters)))] * int(rng.choice([1, 1, 1, 2, 4]))
    return found[:length]


@calls({1: "the_name"}, truth=exact, visible=True, seeds=2, tolerance=EXACT)
def Short(rng):
    "a text of twelve letters"
    return {"text": some_text(rng, 12)}


@calls({1: "the_name"}, truth=exact, points=3, tolerance=EXACT)
def Long(rng):
    "texts of 5, 80 and 700 letters"
    return [{"text": some_text(rng, length)} for length in (5, 80, 700)]


@calls({1: "the_name"}, truth=exact, tolerance=EXACT, kind="edge")
def Edges(rng):
    "an empty text, one letter, one long run, line ends, and other scripts"
    letter = "abcxyz"[int(rng.integers(6))]
    return [
        {"text": ""},
        {"text": letter},
        {"text": letter * int(rng.integers(20, 40))},
        {"text": some_text(rng, 40, "ab\n\t ")},
        {"text": some_text(rng, 40, OTHER_SCRIPTS)},
    ]
